/* frame_names.h - the names that stand in every line; private to libframe. */
#ifndef FRAME_NAMES_H
#define FRAME_NAMES_H

#include <stdint.h>
#include <string.h>

#include "frame.h"

enum { FRAME_NAME_MAX = 23 };

struct frame_name {
	char words[FRAME_NAME_MAX];
	uint8_t length;
};

/* By enum frame_type, with one more for a number that is none; by enum frame_hint. */
#pragma GCC visibility push(hidden) /* reached without the table of global offsets */
extern const struct frame_name frame_type_words[FRAME_EXTENDED + 2],
	frame_hint_words[FRAME_HINT_ZIGBEE_GREEN_POWER + 1];
/* Of a 6LoWPAN dispatch; NULL: none. */
const struct frame_name *frame_dispatch_words(uint8_t octet);
#pragma GCC visibility pop

static inline const struct frame_name *frame_type_words_of(unsigned type)
{
	return &frame_type_words[type <= FRAME_EXTENDED ? type : FRAME_EXTENDED + 1];
}

/* at: room for FRAME_NAME_MAX. All of it is copied, which takes less than counting characters. */
static inline char *frame_put_name(char *at, const struct frame_name *name)
{
	memcpy(at, name->words, FRAME_NAME_MAX);
	return at + name->length;
}

#endif
