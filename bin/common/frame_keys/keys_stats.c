/* keys_stats.c - what became of secured frames (section "keys"). */
#include "base/stats.h"
#include "frame_keys/opener.h"

enum { REPEATED = KEYS_OUTCOMES, BACK, LEARNED, DISPUTED, COUNTERS };

static struct counter counters[COUNTERS] = {
	[KEYS_NOT_SECURED] = {.name = "not_secured"},
	[KEYS_OPEN] = {.name = "open"},
	[KEYS_MIC_WRONG] = {.name = "mic_wrong"},
	[KEYS_NO_ADDRESS] = {.name = "address_not_known"},
	[KEYS_NO_KEY] = {.name = "no_key"},
	[KEYS_UNVERIFIED] = {.name = "without_mic"},
	[KEYS_NEEDS_ASN] = {.name = "needs_asn"},
	[KEYS_NOT_TRIED] = {.name = "not_tried"},
	[REPEATED] = {.name = "counter_repeated"},
	[BACK] = {.name = "counter_back"},
	[LEARNED] = {.name = "addresses_learned"},
	[DISPUTED] = {.name = "addresses_disputed"},
};

void keys_stats_register(void)
{
	stats_register("keys", counters, COUNTERS);
}

void keys_stats_count(const struct opening *o)
{
	stats_add(&counters[o->outcome], 1);
	if (o->step == COUNTER_REPEATED)
		stats_add(&counters[REPEATED], 1);
	if (o->step == COUNTER_BACK)
		stats_add(&counters[BACK], 1);
}

void keys_stats_address(bool disputed)
{
	stats_add(&counters[disputed ? DISPUTED : LEARNED], 1);
}
