#include "frame_keys/counters.h"

#include <stddef.h>

static bool is_same(const struct counter_key *a, const struct counter_key *b)
{
	return a->line == b->line && a->sequence == b->sequence && a->mle == b->mle;
}

static struct counter_entry *find(struct counters *c, uint64_t source, struct counter_key key)
{
	uint64_t of_key = (uint64_t)key.line << 33 | (uint64_t)key.mle << 32 | key.sequence;
	uint64_t mixed =
		(source ^ of_key * UINT64_C(0xd6e8feb86659fd93)) * UINT64_C(0x9e3779b97f4a7c15);
	struct counter_entry *set = c->sets[(mixed >> 32) % COUNTER_SETS], *oldest = set;

	for (unsigned i = 0; i < COUNTER_WAYS; i++) {
		if (is_same(&set[i].key, &key) && set[i].source == source)
			return &set[i];
		if (set[i].noted < oldest->noted)
			oldest = &set[i];
	}
	*oldest = (struct counter_entry){.source = source};
	return oldest;
}

enum counter_step counters_note(struct counters *c, uint64_t source, struct counter_key key,
                                uint32_t counter, uint32_t *before)
{
	struct counter_entry *e = find(c, source, key);
	enum counter_step step = COUNTER_AHEAD;

	*before = e->last;
	if (e->key.line && counter <= e->last)
		step = counter == e->last ? COUNTER_REPEATED : COUNTER_BACK;
	else
		e->last = counter;
	e->key = key;
	e->noted = ++c->clock;
	return step;
}
