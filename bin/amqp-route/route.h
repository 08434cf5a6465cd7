/* route.h - from each agent of a link to the others: owns the broker connections. What an agent
 * published under its key goes out under the key of each other one, in the API in which it came,
 * its body as it is. Frames of 802.15.4 are kept: acknowledged when the broker has all copies. IP
 * packets are live.
 *
 * Counts in section "route": messages = routed + rejected_…; copies = forwarded + dropped_… +
 * waiting. */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdatomic.h>

#include "base/stats.h"
#include "bootstrap.h"
#include "links.h"
#include "look.h"
#include "places.h"
#include "queues.h"
#include "receipts.h"
#include "strangers.h"
#include "unheard.h"
#include "waiting.h"

enum route_counter {
	ROUTE_MESSAGES,
	ROUTE_ROUTED,
	ROUTE_KEY,
	ROUTE_NO_LINK,
	ROUTE_LOOP,
	ROUTE_COPIES,
	ROUTE_FORWARDED,
	ROUTE_NO_BROKER,
	ROUTE_NO_ROOM,
	ROUTE_AT_END,
	ROUTE_REFUSED_KEY,
	ROUTE_BY_DROP,
	ROUTE_BY_LOSS,
	ROUTE_BY_RATE,
	ROUTE_BY_LOSSY_LINK,
	ROUTE_UNREADABLE,
	ROUTE_WAITING,
	ROUTE_UNHEARD_MS,
	ROUTE_EVICTED,
	ROUTE_DELAYED,
	ROUTE_REORDERED,
	ROUTE_DUPLICATED,
	ROUTE_CORRUPTED,
	ROUTE_COUNTERS
};

/* WAITING_OCTETS: what may wait to be published. Of frames, which are not dropped, one message
 * more at a time: beyond READING_OCTETS nothing is read. */
enum { ROUTE_WAITING_OCTETS = 64 << 20, ROUTE_READING_OCTETS = 96 << 20 };

/* Of one direction of a link, from the start, or the last change of the links, on. */
enum { ROUTE_SEQUENCES = 6 }; /* of an agent: tun and serial, in each of the three APIs */
struct way {
	unsigned waiting;                  /* copies that are published later */
	int64_t last_due_ns;               /* of these: none overtakes another */
	uint64_t dropped[ROUTE_SEQUENCES]; /* on purpose, and not said yet */
	bool begun;                        /* impair is */
	struct impair impair;
};

struct route {
	/* the caller's */
	const char *name; /* the router's */
	enum envelope_api api;
	const struct senders *senders;
	struct consumer *consumer;
	struct publisher *live, *kept;
	struct links *links;
	struct queues *queues; /* of these */
	uint64_t seed;
	/* their own */
	struct links *_Atomic new_links; /* from the main thread */
	int event_fd;                    /* readable: there are new ones */
	struct queues *next_queues;      /* the consumer's from its next connection on */
	struct strangers strangers;
	struct unheard unheard;
	uint64_t generation;
	uint64_t told_live; /* the connection on which component ready was said */
	struct bootstrap bootstrap;
	uint64_t lossy; /* routing.lossy.link.start: so many messages more are dropped */
	struct look look;
	struct receipts receipts;
	struct waiting waiting;
	int timer_fd;
	struct way ways[LINKS_AGENTS_MAX][LINKS_AGENTS_MAX];
	/* Changes of the links, and with --all of who has a place: route_epoch. */
	unsigned epoch, lives[LINKS_AGENTS_MAX];
	struct places places;
	bool told_of_peers[LINKS_AGENTS_MAX], has[LINKS_AGENTS_MAX];
	char *cut; /* a body without its data_slip */
	size_t cut_size;
	struct counter counters[ROUTE_COUNTERS];
};

/* r: static storage. The caller has set name to links, but for the connections. 0, or -1 with why.
 */
int route_init(struct route *r, struct why *why);
/* From the main thread: these links in the place of those that there are; they are the router's. */
void route_change_links(struct route *r, struct links *links);
/* A worker, and what the main thread does for it. */
int route_run(void *route);
void route_watch(void *route);
void route_interrupt(void *route);

/* --- between the files of the router --- */

/* Of a direction: a copy of another epoch is of other agents. Each part only grows. */
static inline unsigned route_epoch(const struct route *r, unsigned from, unsigned to)
{
	return r->epoch + r->lives[from] + r->lives[to];
}
/* --all: the agent of this number is another one from now on. */
void route_forget_agent(struct route *r, unsigned agent);
static inline void route_count(struct route *r, enum route_counter counter, uint64_t n)
{
	stats_add(&r->counters[counter], n);
}
/* A packet or frame of an agent, whose key has been parsed. */
void forward_message(struct route *r, const struct bus_message *m, const struct envelope_key *key);
/* A copy, at this point of the monotonic clock, or now where that has passed; none overtakes what
 * waits in its direction, but those that are reordered, for which nobody waits either. */
void forward_send(struct route *r, const struct forward *f, int64_t due_ns, bool reordered);
/* Publishes what waits and is due; milliseconds do not count, the timer is set for the next. */
void forward_due(struct route *r);
/* No more is published: IP packets that wait are lost, frames are in their queues still. */
void forward_end(struct route *r);
/* publisher_config.returned of the live one: nobody listens. */
void forward_returned(void *route, const struct bus_message *m);
/* A control message. */
void control_message(struct route *r, const struct bus_message *m, const struct envelope_key *key);

#endif
