/* ring.h - a bounded ring of packets between one writing thread and one reading thread, so that
 * reading a device never waits for publishing. Never blocks, never allocates after ring_new; a
 * packet that does not fit is refused whole and the caller counts it. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>

#include "packet.h"

struct ring;

/* Room for that many octets (at least 64): packets, and up to 31 octets for each. NULL: no memory.
 */
struct ring *ring_new(size_t octets);
bool ring_put(struct ring *r, const struct envelope_packet *p);
/* The oldest packet, or false; its data stay valid until ring_drop, which takes it out. */
bool ring_peek(struct ring *r, struct envelope_packet *p);
void ring_drop(struct ring *r);
int ring_fd(const struct ring *r); /* readable while there may be packets: for poll by the reader */
void ring_rest(struct ring *r);    /* reader, after ring_peek said false: makes ring_fd unreadable
                                      until the next put */
size_t ring_count(const struct ring *r);
void ring_free(struct ring *r);

#endif
