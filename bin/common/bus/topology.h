/* topology.h - a consumer's queues on the broker: declared, bound and consumed anew on each
 * connection. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include "bus/link.h"
#include "bus/queue.h"

/* 0, or -1 with failure. count: 1 to BUS_QUEUES_MAX. Deliveries of queues[i] have the consumer tag
 * "i"; those of kept queues are to be acknowledged. A binding by a key of our own ("framebus.…")
 * that the broker refuses is left out: then bit i of *without_own_keys is set, and why says it. */
int topology_build(const struct link *link, const char *exchange, const struct bus_queue *queues,
                   unsigned count, unsigned *without_own_keys, struct why *why,
                   struct failure *failure);

/* Asks for the deletion of the kept ones; false where there are none. Without an answer of its own:
 * the one to the closing of the connection comes when this is done. A broker that has not got to it
 * when we must go may still do it, or find the connection gone first and not do it. */
bool topology_delete_kept(const struct link *link, const struct bus_queue *queues, unsigned count);

#endif
