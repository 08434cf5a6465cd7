/* lines.h - a packet's time and an 802.15.4 frame in words, for the lines that the dump tools
 * print. Never writes a control character, never more than its room; what does not fit is cut. */
#ifndef LINES_H
#define LINES_H

#include "packet/packet.h"

enum { READABLE_MAX = 1024 }; /* of a line: every frame fits, with its time */

/* "HH:MM:SS.micros ", local time. Both: NUL-terminated, return the characters written, size at
 * least 1. */
size_t readable_time(char *out, size_t size, int64_t time_ns);
/* A frame of link type WITHFCS, NOFCS or TAP: "Data seq 42 ...", what is in it (payload.h), and
 * what a radio or an FCS adds: ", bad FCS", ", -71 dBm". */
size_t readable_frame(char *out, size_t size, const struct envelope_packet *p);

#endif
