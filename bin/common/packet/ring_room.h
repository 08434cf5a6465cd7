/* ring_room.h - a writer of a ring that waits for room, as long as the reader removes something now
 * and then: what has taken nothing for two seconds holds up nobody until it takes something. Of one
 * that holds up nobody else anyway it is_patient. */
#ifndef PACKET_RING_ROOM_H
#define PACKET_RING_ROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "packet/ring.h"

/* The writer's; the rest all zero. */
struct ring_room {
	bool is_patient;
	bool stalled;
	size_t removed; /* of the ring, when it stalled */
};

/* Whether there may be room now: false at once where the reader has taken nothing since the last
 * time that this said false, or the tool is to stop. waits: false: no longer worth it; NULL: it
 * always is. */
bool ring_room_await(struct ring_room *room, const struct ring *r, const _Atomic bool *waits);

#endif
