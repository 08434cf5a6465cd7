/* counters.h - the last frame counter of each sender under each key, of frames whose MIC was right:
 * one that comes again is a copy, of the sender (which heard no acknowledgment) or of somebody who
 * replays; one that goes back is a replay, or a device that has forgotten. A table of fixed size,
 * which only holders of a key can fill. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

enum counter_step { COUNTER_AHEAD, COUNTER_REPEATED, COUNTER_BACK };

struct counter_key {
	unsigned line;     /* of the file; 0: none */
	uint32_t sequence; /* Thread's */
	bool mle;
};

enum { COUNTER_SETS = 512, COUNTER_WAYS = 4 };
struct counters {
	struct counter_entry {
		uint64_t source;
		struct counter_key key;
		uint32_t last;
		uint64_t noted;
	} sets[COUNTER_SETS][COUNTER_WAYS];
	uint64_t clock;
};

/* All zero is empty. *before: the last one, where it is not ahead of that. */
enum counter_step counters_note(struct counters *c, uint64_t source, struct counter_key key,
                                uint32_t counter, uint32_t *before);

#endif
