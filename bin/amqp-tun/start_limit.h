/* start_limit.h - how often tun.start may make the privileged process try an interface, which it
 * unmakes again where something is in the way: eight times, then once in ten seconds; what was
 * refused thrice, the same message, not again for ten seconds. Keeps one message. */
#ifndef START_LIMIT_H
#define START_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"
#include "envelope.h"

enum { START_TRIES = 8, START_TRIES_OF_SAME = 3, START_PERIOD_S = 10 };

struct start_limit {    /* all zero: nothing was tried yet. Of one thread. */
	unsigned tries; /* that count still */
	int64_t counted_ns;
	struct envelope_tun refused; /* the last that was tried in vain ... */
	unsigned refusals;           /* ... how often */
	int64_t refused_ns;          /* ... when */
	struct why why;
};

/* Why this one is not to be tried now; NULL: it is to be, and counts as a try. Times are of the
 * monotonic clock, not 0. Valid until the next call. */
const char *start_limit_try(struct start_limit *l, const struct envelope_tun *tun, int64_t now_ns);
/* It was tried in vain. */
void start_limit_note_refused(struct start_limit *l, const struct envelope_tun *tun,
                              const char *why, int64_t now_ns);

#endif
