/* wanted.h - which of the messages that come a consumer gives out: those that its own bindings
 * asked for, within the bound of their length, from whom the options name, once. Counts the rest.
 * Private to this room. */
#ifndef WANTED_H
#define WANTED_H

#include <stdbool.h>

#include "base/stats.h"
#include "bus/incoming.h"
#include "bus/queue.h"
#include "bus/senders.h"
#include "bus/sequences.h"
#include "bus/topology.h"

enum wanted_counters {
	WANTED_RECEIVED,
	WANTED_OCTETS,
	WANTED_TOO_LONG,
	WANTED_FOREIGN_KEY,
	WANTED_FOREIGN_USER,
	WANTED_DUPLICATES,
	WANTED_LOST_ON_BUS,
	WANTED_CONTROL_LOST, /* the same of control messages: no sum of packets has these */
	WANTED_DROPPED,      /* of a gap, what the router that made it says */
	WANTED_STEPS,
	WANTED_EVICTED,
	WANTED_COUNTERS
};

struct wanted {
	const struct senders *senders;
	const struct bus_queue *queues;
	unsigned queue_count;
	const char *agent;        /* who reads */
	const char *exchange;     /* to which they are bound */
	struct counter *counters; /* WANTED_COUNTERS of them; their names are filled in */
	/* private */
	struct sequences_in *sequences;
	struct topology_refusals refusals;
	/* The last sender that was judged: most messages are of that of the last one. */
	char last_key[LINK_TEXT_SIZE], last_user[LINK_TEXT_SIZE];
	bool last_fits;
};

/* w: the first members are set, the rest is zero; lives until the tool ends. 0, or -1 with why. */
int wanted_init(struct wanted *w, struct why *why);
/* The connection is another one, and has these bindings. */
void wanted_bound(struct wanted *w, const struct topology_refusals *refusals);
/* The whole message of `in` is to be given out. */
bool wanted_message(struct wanted *w, const struct incoming *in);
bool wanted_is_kept(const struct wanted *w, const struct bus_message *m);

#endif
