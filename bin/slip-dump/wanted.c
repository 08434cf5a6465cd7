#include "wanted.h"

#include "base/stats.h"

enum { PASSED, LEFT_OUT, COUNTERS };

static const struct filter *chosen;
static struct frame_keys *keys;
static struct counter counters[COUNTERS] = {
	[PASSED] = {.name = "passed"},
	[LEFT_OUT] = {.name = "left_out"},
};

void wanted_init(const struct filter *filter, struct frame_keys *learning)
{
	chosen = filter;
	keys = learning;
	if (filter)
		stats_register("filter", counters, COUNTERS);
}

bool wanted(const struct envelope_packet *p)
{
	if (!chosen)
		return true;
	bool passes = filter_passes(chosen, p);
	stats_add(&counters[passes ? PASSED : LEFT_OUT], 1);
	if (!passes)
		frame_keys_learn(keys, p);
	return passes;
}
