#include "base/histogram.h"

enum { P50, P99, MOST };

static unsigned bucket_of(uint64_t us)
{
	if (us < 16)
		return (unsigned)us;
	unsigned power = 63 - (unsigned)__builtin_clzll(us);

	return power * 8 - 16 + (unsigned)(us >> (power - 3) & 7);
}

static uint64_t upper_end(unsigned bucket)
{
	if (bucket < 16)
		return bucket;
	unsigned power = (bucket + 16) / 8;

	return (((uint64_t)8 + bucket % 8 + 1) << (power - 3)) - 1;
}

static uint64_t percentile(const struct delay *d, uint64_t total, unsigned percent)
{
	uint64_t rank = (total * percent + 99) / 100, seen = 0,
		 most = stats_get(&d->counters[MOST]);

	for (unsigned i = 0; i < DELAY_BUCKETS; i++) {
		seen += atomic_load_explicit(&d->buckets[i], memory_order_relaxed);
		/* A bucket ends above what is in it. */
		if (total && seen >= rank)
			return upper_end(i) < most ? upper_end(i) : most;
	}
	return 0;
}

static void refresh(void *context)
{
	struct delay *d = context;
	uint64_t total = 0;

	for (unsigned i = 0; i < DELAY_BUCKETS; i++)
		total += atomic_load_explicit(&d->buckets[i], memory_order_relaxed);
	stats_set(&d->counters[P50], percentile(d, total, 50));
	stats_set(&d->counters[P99], percentile(d, total, 99));
}

void delay_register(struct delay *d, const char *section)
{
	d->counters[P50].name = "delay_p50_us";
	d->counters[P99].name = "delay_p99_us";
	d->counters[MOST].name = "delay_max_us";
	stats_register(section, d->counters, 3);
	stats_refresh(refresh, d);
}

void delay_note(struct delay *d, int64_t sent_ns, int64_t arrived_ns)
{
	uint64_t us = arrived_ns > sent_ns ? ((uint64_t)arrived_ns - (uint64_t)sent_ns) / 1000 : 0;
	_Atomic uint64_t *bucket = &d->buckets[bucket_of(us)];

	if (sent_ns == 0)
		return;
	if (us > stats_get(&d->counters[MOST]))
		stats_set(&d->counters[MOST], us);
	/* There is one writer: no locked addition. */
	atomic_store_explicit(bucket, atomic_load_explicit(bucket, memory_order_relaxed) + 1,
	                      memory_order_relaxed);
}
