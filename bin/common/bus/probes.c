#include "bus/probes.h"

#include <string.h>

#define SECOND INT64_C(1000000000)

static uint64_t hash_of(const char *key, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (length--)
		hash = (hash ^ (uint8_t)*key++) * 0x100000001b3;
	return hash;
}

bool probes_ask(struct probes *p, const char *key, uint64_t number, int64_t now)
{
	uint64_t hash = hash_of(key, strlen(key));
	unsigned i = hash % PROBES_KEYS;

	if (p->at[i].key != hash) {
		p->at[i].key = hash;
		p->at[i].first = number;
		p->at[i].all_until = now + SECOND;
	}
	if (now >= p->at[i].all_until && now < p->at[i].next)
		return false;
	p->at[i].next = now + SECOND;
	return true;
}

void probes_note_return(struct probes *p, const char *key, int64_t now)
{
	uint64_t hash = hash_of(key, strlen(key));
	unsigned i = hash % PROBES_KEYS;

	if (p->at[i].key == hash)
		p->at[i].all_until = now + SECOND;
}

uint64_t probes_first(const struct probes *p, const char *key, size_t length)
{
	uint64_t hash = hash_of(key, length);
	unsigned i = hash % PROBES_KEYS;

	return p->at[i].key == hash ? p->at[i].first : 0;
}
