/* impair.h - what is done on purpose to the packets of one direction of a link: which are dropped,
 * late, twice, damaged. Decides, and does nothing itself: no I/O, no clock, no memory. The same
 * settings, seed and packets give the same decisions. */
#ifndef IMPAIR_H
#define IMPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/words.h"
#include "random.h"

struct only; /* look.h */

struct impair_settings { /* all zero: nothing is done */
	uint64_t skip;   /* of the packets that are meant, so many pass at first */
	uint64_t drop;   /* ... and so many are dropped then */
	double loss;     /* percent */
	double burst;    /* packets that are lost one after another, on average; 0: by chance */
	double delay, jitter;               /* ms; jitter: either way, evenly */
	double reorder, duplicate, corrupt; /* percent */
	double rate;                        /* kbit/s; 0: no bound */
	const struct only *only;            /* which packets are meant; NULL: all. The links' */
};

/* NAME=VALUE of a line, but `only`. 0, or -1 with why. */
int impair_set(struct impair_settings *s, const char *name, const char *value, struct why *why);
/* What does not go together. 0, or -1 with why. */
int impair_check(const struct impair_settings *s, struct why *why);
/* But for `only`. */
bool impair_equal(const struct impair_settings *a, const struct impair_settings *b);
/* Whether anything is done; whether anything is left to chance. */
bool impair_does(const struct impair_settings *s);
bool impair_needs_seed(const struct impair_settings *s);

struct impair { /* of one direction */
	struct random random;
	uint64_t skipped, dropped;
	bool is_bad;     /* in a burst */
	int64_t free_ns; /* when the line has sent what it was given */
};

/* stream: a number of the direction's. */
void impair_init(struct impair *i, uint64_t seed, uint64_t stream);

enum impair_fate { IMPAIR_PASS, IMPAIR_DROP, IMPAIR_LOSS, IMPAIR_RATE };
struct impair_verdict {
	enum impair_fate fate;
	int64_t due_ns; /* it goes out then, not before `now_ns` */
	bool reordered; /* later than its turn: those behind it do not wait for it */
	bool duplicated, corrupted;
	uint64_t bit; /* corrupted: which, modulo the packet's bits */
};

/* One packet that is meant, of so many octets, at a point of a clock that never steps. may_queue:
 * with a rate it waits, however long; else beyond a second it is dropped. */
struct impair_verdict impair_decide(struct impair *i, const struct impair_settings *s,
                                    int64_t now_ns, size_t octets, bool may_queue);

#endif
