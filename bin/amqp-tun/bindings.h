/* bindings.h - the queues that an agent reads, and the routing keys that lead to them. */
#ifndef BINDINGS_H
#define BINDINGS_H

#include "bus.h"
#include "settings.h"

/* Data has a queue of its own, so that a flood never eats a control message. */
enum { BINDINGS_DATA, BINDINGS_CONTROL, BINDINGS_QUEUES };
enum { BINDINGS_MAX = 4 * SETTINGS_PEERS_MAX + 16 };

struct bindings {
	struct bus_queue queues[BINDINGS_QUEUES];
	const char *patterns[BINDINGS_QUEUES][BINDINGS_MAX]; /* NULL-terminated, allocated */
	unsigned counts[BINDINGS_QUEUES];
};

/* Ends the tool where a name makes a key that is too long. b must outlive the bus. */
void bindings_make(struct bindings *b, const struct settings *s);
void bindings_free(struct bindings *b);

#endif
