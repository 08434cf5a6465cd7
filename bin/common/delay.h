/* delay.h - how long messages travel: a histogram of one-way delays and its percentiles in the statistics.
 * Never allocates. One thread notes; the report may come from another. Clocks of two hosts differ: a delay below zero counts as zero. */
#ifndef DELAY_H
#define DELAY_H

#include <stdint.h>

#include "stats.h"

enum { DELAY_BUCKETS = 64 * 8 }; /* eight to each power of two: within 12 % */

struct delay {
	_Atomic uint64_t buckets[DELAY_BUCKETS];
	struct counter counters[3]; /* p50, p99, most: microseconds */
};

/* Registers section.delay_p50_us, section.delay_p99_us, section.delay_max_us. d is static storage, zeroed. Before threads start. */
void delay_register(struct delay *d, const char *section);
void delay_note(struct delay *d, int64_t nanoseconds);

#endif
