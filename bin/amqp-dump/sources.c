#include "sources.h"

#include <stdio.h>
#include <string.h>

enum { SHARED = 16, NONE = -1 }; /* the last places, for all that have none of their own */

static int find(const struct sources *s, const struct envelope_key *key, uint16_t link_type)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct envelope_key *known = &s->known[i].key;

		if (s->known[i].link_type == link_type && known->direction == key->direction &&
		    known->kind == key->kind && strcmp(known->name, key->name) == 0)
			return (int)i;
	}
	return NONE;
}

static const char *device(const struct envelope_key *key)
{
	return key->kind == ENVELOPE_TUN_PACKET ? "ip.tun" : "802154.serial";
}

static int add(struct sources *s, const struct envelope_key *key, uint16_t link_type)
{
	unsigned i = s->count;

	if (i == SINK_SOURCES_MAX)
		return NONE;
	s->known[i].key = *key;
	s->known[i].link_type = link_type;
	snprintf(s->known[i].name, SOURCE_NAME_MAX, "%s %s %s", key->name,
	         key->direction == ENVELOPE_FROM_AGENT ? "fromAgent" : "toAgent", device(key));
	s->known[i].source = (struct sink_source){.number = i, .name = s->known[i].name};
	s->count++;
	return (int)i;
}

const struct sink_source *sources_find(struct sources *s, const struct envelope_key *key,
                                       uint16_t link_type)
{
	struct envelope_key name = *key;
	int at = find(s, key, link_type);

	if (at == NONE && s->count >= SINK_SOURCES_MAX - SHARED) {
		memcpy(name.name, "others", sizeof "others");
		at = find(s, &name, link_type);
	}
	if (at == NONE)
		at = add(s, &name, link_type);
	return at == NONE ? NULL : &s->known[at].source;
}
