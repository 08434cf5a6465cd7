/* beginning.h - the first octets of a file that is read: what is no probe's line is named, and
 * nothing of it is read as frames. */
#ifndef BEGINNING_H
#define BEGINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/words.h"

enum { BEGINNING_SIZE = 64 << 10 };

struct beginning {
	size_t length;
	uint8_t octets[BEGINNING_SIZE];
};

enum beginning_answer {
	BEGINNING_HOLD,    /* too few to tell: more are to be put behind them */
	BEGINNING_READ,    /* they are to be read as frames, and what follows too */
	BEGINNING_CAPTURE, /* they are those of a capture */
	BEGINNING_REFUSED, /* why says it, without the file's name */
};

/* ended: there are no more octets. firmware: what it is to be read with; -1: whatever it is, which
 * is then said there. */
enum beginning_answer beginning_judge(const struct beginning *b, bool ended, int *firmware,
                                      struct why *why);

#endif
