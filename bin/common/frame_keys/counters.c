#include "frame_keys/counters.h"

#include <stddef.h>

static struct counter_entry *find(struct counters *c, uint64_t source, uint64_t key)
{
	uint64_t mixed = (source ^ key << 48) * UINT64_C(0x9e3779b97f4a7c15);
	struct counter_entry *set = c->sets[(mixed >> 32) % COUNTER_SETS], *oldest = set;

	for (unsigned i = 0; i < COUNTER_WAYS; i++) {
		if (set[i].key == key && set[i].source == source)
			return &set[i];
		if (set[i].noted < oldest->noted)
			oldest = &set[i];
	}
	*oldest = (struct counter_entry){.source = source};
	return oldest;
}

enum counter_step counters_note(struct counters *c, uint64_t source, uint64_t key, uint32_t counter,
                                uint32_t *before)
{
	struct counter_entry *e = find(c, source, key);
	enum counter_step step = COUNTER_AHEAD;

	*before = e->last;
	if (e->key && counter <= e->last)
		step = counter == e->last ? COUNTER_REPEATED : COUNTER_BACK;
	else
		e->last = counter;
	e->key = key;
	e->noted = ++c->clock;
	return step;
}
