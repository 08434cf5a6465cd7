/* readable.h - one line for a packet. */
#ifndef READABLE_H
#define READABLE_H

#include "packet.h"

enum { READABLE_MAX = 1024 };

/* Writes "HH:MM:SS.micros ...\n" for a packet of link type TAP. Returns the characters written. */
size_t readable_line(char out[READABLE_MAX], const struct packet *p);

#endif
