/* describe.h - one readable line for a packet from the bus: when, whose, what.
 * Never writes a control character: the names that libenvelope accepts have none. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "envelope.h"
#include "packet.h"

enum { DESCRIBE_MAX = 2048 };

/* "HH:MM:SS.micros fromAgent NAME ...\n". Returns the characters written. */
size_t describe(char out[DESCRIBE_MAX], const struct envelope_key *key,
                const struct envelope_packet *p);

#endif
