/* announce.h - what the agent says about itself on the bus: ready, serial.started, shutdown.
 * Belongs to the uplink's thread. Never announces to a bus that our own queues are not bound to
 * yet: the answers would be lost. */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "bus/publisher.h"
#include "station.h"

struct announcer {
	struct station *station;
	struct publisher *publisher;
	uint64_t uplink_told, downlink_told; /* the connections that have been told */
};

/* Says what has to be said now; --ready-fd with the first. */
void announce_due(struct announcer *a);
/* The last word, before publisher_close. */
void announce_shutdown(struct announcer *a);

#endif
