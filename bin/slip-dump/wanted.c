#include "wanted.h"

#include "base/stats.h"

enum { PASSED, LEFT_OUT, COUNTERS };

static const struct filter *chosen;
static struct counter counters[COUNTERS] = {
	[PASSED] = {.name = "passed"},
	[LEFT_OUT] = {.name = "left_out"},
};

void wanted_init(const struct filter *filter)
{
	chosen = filter;
	if (filter)
		stats_register("filter", counters, COUNTERS);
}

bool wanted(const struct envelope_packet *p)
{
	if (!chosen)
		return true;
	bool passes = filter_passes(chosen, p);
	stats_add(&counters[passes ? PASSED : LEFT_OUT], 1);
	return passes;
}
