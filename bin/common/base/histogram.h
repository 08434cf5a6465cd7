/* histogram.h - how long packets travel: a histogram of one-way delays and its percentiles in the
 * statistics. Never allocates, never reads a clock: one reading a message serves all of its
 * packets. One thread notes; another may report. The delays are only as exact as the clocks of the
 * two hosts agree. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#include "base/stats.h"

enum { DELAY_BUCKETS = 64 * 8 }; /* eight to each power of two: within 12 % */

struct delay {
	_Atomic uint64_t buckets[DELAY_BUCKETS];
	struct counter counters[3]; /* p50, p99, most: microseconds */
};

/* Registers section.delay_p50_us, section.delay_p99_us, section.delay_max_us. d is static storage,
 * zeroed. Before threads start. */
void delay_register(struct delay *d, const char *section);
/* Times of a packet in ns since the epoch, any values. sent_ns 0: its sender wrote none, nothing is
 * noted. Arrival before departure, which two clocks can make of it, counts as zero. */
void delay_note(struct delay *d, int64_t sent_ns, int64_t arrived_ns);

#endif
