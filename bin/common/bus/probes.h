/* probes.h - which live messages ask to come back where no queue wants them: asking costs the
 * broker a tenth of its speed, so that those under a key that is listened to ask once a second. Of
 * a key that nobody listens to all come back, but those of the last second before that is known. */
#ifndef PROBES_H
#define PROBES_H

#include <stdbool.h>
#include <stdint.h>

enum { PROBES_KEYS = 256 };

struct probes { /* all zero: nothing is known of any key */
	struct {
		uint64_t key; /* its hash; two that share a place are asked for more often */
		int64_t all_until, next;
	} at[PROBES_KEYS];
};

/* A message under this key, at a time of the monotonic clock, is to come back: true. */
bool probes_ask(struct probes *p, const char *key, int64_t now);
/* One has: all that follow for a second ask. */
void probes_note_return(struct probes *p, const char *key, int64_t now);

#endif
