/* keys_stats.c - what became of secured frames (sections "keys", "keys_2", ...). */
#include "frame_keys/frame_keys.h"
#include "frame_keys/opener.h"

enum { REPEATED = KEYS_OUTCOMES, BACK, LEARNED, DISPUTED, COUNTERS };

static const char *const names[COUNTERS] = {
	[KEYS_NOT_SECURED] = "not_secured", [KEYS_OPEN] = "open",
	[KEYS_MIC_WRONG] = "mic_wrong",     [KEYS_NO_ADDRESS] = "address_not_known",
	[KEYS_NO_KEY] = "no_key",           [KEYS_UNVERIFIED] = "without_mic",
	[KEYS_NEEDS_ASN] = "needs_asn",     [KEYS_NOT_TRIED] = "not_tried",
	[REPEATED] = "counter_repeated",    [BACK] = "counter_back",
	[LEARNED] = "addresses_learned",    [DISPUTED] = "addresses_disputed",
};

static const char *const sections[FRAME_KEYS_MAX] = {"keys",   "keys_2", "keys_3", "keys_4",
                                                     "keys_5", "keys_6", "keys_7", "keys_8"};

struct counter *keys_stats_register(unsigned number)
{
	static struct counter counters[FRAME_KEYS_MAX][COUNTERS];

	for (unsigned i = 0; i < COUNTERS; i++)
		counters[number][i].name = names[i];
	stats_register(sections[number], counters[number], COUNTERS);
	return counters[number];
}

void keys_stats_count(struct counter *counters, const struct opening *o)
{
	if (!counters)
		return;
	stats_add(&counters[o->outcome], 1);
	if (o->step == COUNTER_REPEATED)
		stats_add(&counters[REPEATED], 1);
	if (o->step == COUNTER_BACK)
		stats_add(&counters[BACK], 1);
}

void keys_stats_address(struct counter *counters, bool disputed)
{
	if (counters)
		stats_add(&counters[disputed ? DISPUTED : LEARNED], 1);
}
