/* sources.h - the agents and directions that packets came from, numbered: the interfaces of a
 * pcapng file. Names come from the bus, so there is room for so many and no more: those that come
 * later share the name "others". */
#ifndef SOURCES_H
#define SOURCES_H

#include "capture/sink.h"
#include "envelope.h"

enum { SOURCE_NAME_MAX = ENVELOPE_NAME_MAX + 64 };

struct sources { /* all zero: none yet */
	struct {
		struct envelope_key key; /* the agent and direction */
		uint16_t link_type;
		char name[SOURCE_NAME_MAX];
		struct sink_source source;
	} known[SINK_SOURCES_MAX];
	unsigned count;
};

/* The source of a packet with this key, named as in "agent_1 fromAgent ip.tun"; valid as long as s.
 * NULL: there is no room, also not under "others". */
const struct sink_source *sources_find(struct sources *s, const struct envelope_key *key,
                                       uint16_t link_type);

#endif
