/* queues.h - the queues of a router: of each agent of its links one for IP packets and one for
 * frames, which routers of one name share, and one of its own for what is said to it. */
#ifndef QUEUES_H
#define QUEUES_H

#include "bus/queue.h"
#include "links.h"

/* The control queue is the last. For good: an attempt to connect may read them at any time. NULL
 * with why. */
struct bus_queue *queues_make(const struct links *l, const char *router, enum envelope_api api,
                              unsigned *count, struct why *why);

#endif
