/* own_echo.h - which frames have been sent within the last second, so that those that a radio hands
 * back are told from others. Bounded; never allocates. */
#ifndef OWN_ECHO_H
#define OWN_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OWN_ECHO_FRAMES = 512 }; /* more than a channel carries in a second, one at a time */

struct own_echo {
	unsigned next;
	struct {
		uint64_t hash;
		int64_t until; /* 0: empty */
	} sent[OWN_ECHO_FRAMES];
};

/* A frame without FCS goes out now. */
void own_echo_note(struct own_echo *o, const uint8_t *frame, size_t length, int64_t now);
/* Whether it has been noted within a second. */
bool own_echo_is(const struct own_echo *o, const uint8_t *frame, size_t length, int64_t now);

#endif
