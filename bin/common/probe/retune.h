/* retune.h - another radio channel while frames are read: one thread asks for it, the one that has
 * the port tells the firmware, and says which channel the probe is on, as far as is known. Never
 * blocks, never allocates. */
#ifndef RETUNE_H
#define RETUNE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"
#include "probe/firmware.h"

struct retune {
	int asked_fd, news_fd;       /* events */
	_Atomic int wanted, channel; /* -1: none; not known */
};

/* Before threads start. 0, or -1 with why. */
int retune_open(struct retune *r, struct why *why);

/* For the thread that asks. */
void retune_ask(struct retune *r, int channel);
int retune_channel(const struct retune *r);
/* Readable when the channel may be another than before; the caller drains it (event.h). */
int retune_news_fd(const struct retune *r);

/* For the thread that has the port; r may be NULL, where nobody asks. */

/* For poll: readable when there is something to do, after which retune_woken is called; -1. */
int retune_asked_fd(const struct retune *r);
void retune_woken(struct retune *r);
/* Does what has been asked for, and notes the channel; is_there: l can be told. */
void retune_do(struct retune *r, struct firmware_line *l, bool is_there, int64_t now);

#endif
