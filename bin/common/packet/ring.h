/* ring.h - a bounded ring of packets between one writing thread and one reading thread, so that
 * reading a device never waits for publishing. Never blocks, never allocates after ring_new; a
 * packet that does not fit is refused whole and the caller counts it. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

struct ring;

/* Room for that many octets (at least 64): packets, and up to 31 octets for each. NULL with
 * errno: no memory, or no descriptor. */
struct ring *ring_new(size_t octets);
bool ring_put(struct ring *r, const struct envelope_packet *p);
/* The same with a number of the caller's, which ring_tag gives back. */
bool ring_put_tagged(struct ring *r, const struct envelope_packet *p, uint32_t tag);
/* The oldest packet, or false; its data stay valid until ring_remove, which makes its room free. */
bool ring_peek(struct ring *r, struct envelope_packet *p);
/* Of the packet that ring_peek gives; of one without a number 0. */
uint32_t ring_tag(const struct ring *r);
void ring_remove(struct ring *r);
/* For poll by the reader: readable while there may be packets. */
int ring_fd(const struct ring *r);
/* The reader, after ring_peek said false: ring_fd is not readable until the next put. */
void ring_arm(struct ring *r);
/* Makes ring_fd readable: there is something else to look at than packets. From any thread. */
void ring_wake(struct ring *r);
size_t ring_count(const struct ring *r);
/* Packets that the reader has removed, ever. */
size_t ring_removed(const struct ring *r);
void ring_free(struct ring *r);

#endif
