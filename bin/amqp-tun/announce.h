/* announce.h - what the agent says about itself on the bus: ready, tun.started, shutdown. Belongs
 * to the uplink's thread. Never announces to a bus that our own queues are not bound to yet: the
 * answers would be lost. */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "bus/publisher.h"
#include "tunnel.h"

struct announcer {
	struct tunnel *tunnel;
	struct publisher *publisher;
	uint64_t uplink_told, downlink_told; /* the connections that have been told */
	bool started_told;                   /* ... of the interface too */
};

/* Says what has to be said now; --ready-fd with the first. */
void announce_due(struct announcer *a);
/* The last word, before publisher_close. */
void announce_shutdown(struct announcer *a);

#endif
