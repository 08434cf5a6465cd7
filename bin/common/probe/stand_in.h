/* stand_in.h - the addresses of the device whose place a probe takes on the air: told by option, or
 * learned from the frames that it sends. Never does I/O, never allocates. */
#ifndef STAND_IN_H
#define STAND_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"

struct stand_in {
	bool fixed; /* told by option: nothing is learned */
	bool has_pan, has_short, has_extended;
	uint16_t pan, short_address;
	uint64_t extended; /* as shown: the first octet is the most significant */
};

/* "PAN/SHORT/EXT", in hex, each of which may be empty: "abcd/0001/00124b0001020304". 0, or -1 with
 * why. */
int stand_in_read(void *stand_in, const char *value, struct why *why);

enum stand_in_news {
	STAND_IN_KNOWN, /* or it has no source address */
	STAND_IN_LEARNED,
	STAND_IN_OTHER, /* of another device than the first: the probe cannot be both */
};
/* What the source of a frame that is to be sent says. */
enum stand_in_news stand_in_learn(struct stand_in *s, const uint8_t *frame, size_t length);

/* Whether there is an address at which the device can be reached. */
static inline bool stand_in_is_known(const struct stand_in *s)
{
	return s->has_short || s->has_extended;
}

#endif
