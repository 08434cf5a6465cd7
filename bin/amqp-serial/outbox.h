/* outbox.h - frames on their way to a serial port, SLIP-encoded, oldest first. Old radio is worse
 * than none: where the port does not keep up, the oldest frames give way. Never allocates; a frame
 * that is partly on the line is always finished. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "slip.h"

enum { OUTBOX_FRAME_MAX = 125, OUTBOX_FRAMES = 64, OUTBOX_AGE_MS = 1000 };

struct outbox_entry {
	int64_t since; /* monotonic ns */
	size_t length;
	uint8_t octets[SLIP_ENCODED_MAX(OUTBOX_FRAME_MAX)];
};

struct outbox {
	unsigned first, count;
	size_t sent; /* octets of the first */
	struct outbox_entry entries[OUTBOX_FRAMES];
};

struct outbox_result {
	unsigned written, too_old;
	bool failed; /* write said so */
};

/* Takes a frame of 1..OUTBOX_FRAME_MAX octets. Returns how many older ones gave way (0 or 1). */
unsigned outbox_put(struct outbox *o, const uint8_t *frame, size_t length, int64_t now);
/* Hands to write(to, ...) what it takes (octets accepted, 0: none now, -1: failed). Frames that
 * have waited too long are left out. */
struct outbox_result outbox_flush(struct outbox *o,
                                  ssize_t (*write)(void *to, const uint8_t *octets, size_t n),
                                  void *to, int64_t now);

#endif
