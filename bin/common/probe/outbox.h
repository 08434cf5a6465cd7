/* outbox.h - frames on their way to a radio, oldest first, from the thread that has them to the one
 * that has the port. Old radio is worse than none: where the port does not keep up, the oldest
 * frames give way, and those that have waited for a second are left out. Never allocates. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probe_frame.h"

/* With the one that the firmware has, 64. */
enum { OUTBOX_FRAMES = 63, OUTBOX_AGE_MS = 1000 };

struct outbox_entry {
	int64_t since; /* monotonic ns */
	size_t length;
	uint8_t octets[PROBE_FRAME_MAX];
};

struct outbox {
	pthread_mutex_t lock;
	unsigned first, count;
	struct outbox_entry entries[OUTBOX_FRAMES];
};

void outbox_init(struct outbox *o);
/* Copies a frame of 1..PROBE_FRAME_MAX octets. Returns how many older ones gave way (0 or 1). */
unsigned outbox_put(struct outbox *o, const uint8_t *frame, size_t length, int64_t now);
/* The oldest frame that is not too old goes to out, the time that it was put in to *since; returns
 * its length, 0: there is none. *too_old: how many were left out. */
size_t outbox_take(struct outbox *o, uint8_t out[PROBE_FRAME_MAX], int64_t *since, int64_t now,
                   unsigned *too_old);
static inline bool outbox_is_too_old(int64_t since, int64_t now)
{
	return now - since > OUTBOX_AGE_MS * INT64_C(1000000);
}
/* Drops all; returns how many there were. */
unsigned outbox_clear(struct outbox *o);

#endif
