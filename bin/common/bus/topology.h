/* topology.h - a consumer's queues on the broker: declared, bound and consumed anew on each
 * connection. */
#ifndef TOPOLOGY_H
#define TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/link.h"
#include "bus/queue.h"

/* What is in flight when a connection ends counts as returned, and the broker may drop what has
 * returned often: readers of kept queues begin with one message at a time. */
enum { TOPOLOGY_WINDOW_MIN = 1, TOPOLOGY_WINDOW_MAX = 1024 };

/* Bindings that the broker has refused: by a key of our own, of the first so many of a queue. */
enum { TOPOLOGY_BINDINGS = 512 };
struct topology_refusals { /* all zero: none */
	bool any[BUS_QUEUES_MAX];
	uint64_t bits[BUS_QUEUES_MAX][TOPOLOGY_BINDINGS / 64];
};
bool topology_is_refused(const struct topology_refusals *r, unsigned queue, unsigned binding);

/* What a queue is called on the present connection. */
struct topology_name {
	char text[LINK_TEXT_SIZE];
};

/* What topology_build has to say beside a failure. */
struct topology_words {
	struct why *kept;            /* the caller's; as `said` of kept_queue.h */
	struct topology_name *names; /* the caller's, BUS_QUEUES_MAX of them */
	struct topology_refusals refusals;
	struct why refused; /* in the broker's words: the last of them */
	struct why unheard; /* the same of BUS_OVERHEARD; "": none */
};

/* 0, or -1 with failure. count: 1 to BUS_QUEUES_MAX. Deliveries of queues[i] have the consumer tag
 * "i", or "i." and more; those of kept queues are to be acknowledged, and TOPOLOGY_WINDOW_MIN of
 * them come before that. A binding by a key of our own ("framebus.…"), or of a queue that is
 * BUS_OVERHEARD, that the broker refuses is left out. */
int topology_build(const struct link *link, const char *exchange, const struct bus_queue *queues,
                   unsigned count, struct topology_words *words, struct failure *failure);

/* Of kept queues: another consumer, to which `to` messages come before one is acknowledged, in the
 * place of the one with the window `from`. Only while so many messages are unacknowledged: what is
 * on its way to the old one would go back to the queue, and come again behind others. Without an
 * answer to wait for; the library's status. */
int topology_widen(const struct link *link, const struct bus_queue *queues, unsigned count,
                   unsigned from, unsigned to);

/* Of a queue that is BUS_OVERHEARD: without its consumer it goes; a new one has the bindings that
 * were not refused. Without an answer to wait for; the library's status. */
int topology_unhear(const struct link *link, unsigned index);
int topology_overhear(const struct link *link, const char *exchange, const struct bus_queue *queues,
                      unsigned index, const struct topology_refusals *refusals,
                      struct topology_name *names);

/* The bindings that were not refused, once more, but for queues that are BUS_OVERHEARD: they go
 * with an exchange that is deleted, and one of its name does not bring them back. Where there is
 * none the broker closes the channel. Without an answer to wait for; the library's status. */
int topology_bind_again(const struct link *link, const char *exchange,
                        const struct bus_queue *queues, unsigned count,
                        const struct topology_refusals *refusals,
                        const struct topology_name *names);

/* Asks for the deletion of the kept ones; false where there are none. Without an answer of its own:
 * the one to the closing of the connection comes when this is done. A broker that has not got to it
 * when we must go may still do it, or find the connection gone first and not do it. */
bool topology_delete_kept(const struct link *link, const struct bus_queue *queues, unsigned count);

#endif
