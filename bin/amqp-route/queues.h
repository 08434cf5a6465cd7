/* queues.h - the queues of a router: of each agent of its links one for IP packets and one for
 * frames, which routers of one name share, and two of its own: for what is said to it, and to hear
 * of agents of no link. */
#ifndef QUEUES_H
#define QUEUES_H

#include "bus/queue.h"
#include "links.h"

struct queues {
	struct bus_queue *list; /* of agents, then for control, then, with links, for the others */
	unsigned count;
	/* private: the keys that some of them are bound by */
	struct keys *keys;
	unsigned key_count;
};

/* An attempt to connect may read them at any time. NULL with why. */
struct queues *queues_make(const struct links *l, const char *router, enum envelope_api api,
                           struct why *why);
void queues_free(struct queues *q); /* NULL: nothing */

#endif
