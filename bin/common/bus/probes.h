/* probes.h - which live messages ask to come back where no queue wants them: asking costs the
 * broker a tenth of its speed, so that those under a key that is listened to ask once a second. Of
 * a key that nobody listens to all come back, but those of the last second before that is known. */
#ifndef PROBES_H
#define PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROBES_KEYS = 256 };

struct probes { /* all zero: nothing is known of any key */
	struct {
		uint64_t key; /* its hash; two that share a place are asked for more often */
		int64_t all_until, next;
		uint64_t first; /* number of the first message under it */
	} at[PROBES_KEYS];
};

/* The message of this number, from 1, is under this key, at a time of the monotonic clock. True: it
 * is to come back. */
bool probes_ask(struct probes *p, const char *key, uint64_t number, int64_t now);
/* The number of the first message under this key of so many octets; 0: not known any more. */
uint64_t probes_first(const struct probes *p, const char *key, size_t length);
/* One has: all that follow for a second ask. */
void probes_note_return(struct probes *p, const char *key, int64_t now);

#endif
