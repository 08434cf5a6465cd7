/* bindings.h - the queues that an agent reads, and the routing keys that lead to them. */
#ifndef BINDINGS_H
#define BINDINGS_H

#include "agent/keys.h"
#include "settings.h"

/* Data has a queue of its own, so that a flood never eats a control message. */
enum { BINDINGS_DATA, BINDINGS_CONTROL, BINDINGS_QUEUES };

struct bindings {
	struct bus_queue queues[BINDINGS_QUEUES];
	struct keys keys[BINDINGS_QUEUES];
};

/* b: all zero; must outlive the consumer. 0, or -1 with why: a name makes no routing key. */
int bindings_make(struct bindings *b, const struct settings *s, struct why *why);

#endif
