#include "route.h"

#include <stdlib.h>
#include <string.h>

#include "agent/say.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/os.h"
#include "queues.h"

/* What the old router calls itself when it is there; its coordinator waits for that. */
#define COMPONENT "packetrouting"

enum { BURST = 256 };

int route_init(struct route *r, struct why *why)
{
	static const char *const names[ROUTE_COUNTERS] = {
		[ROUTE_MESSAGES] = "messages",
		[ROUTE_ROUTED] = "routed",
		[ROUTE_KEY] = "rejected_key",
		[ROUTE_NO_LINK] = "rejected_no_link",
		[ROUTE_LOOP] = "rejected_loop",
		[ROUTE_COPIES] = "copies",
		[ROUTE_FORWARDED] = "forwarded",
		[ROUTE_NO_BROKER] = "dropped_no_broker",
		[ROUTE_NO_ROOM] = "dropped_no_room",
		[ROUTE_AT_END] = "dropped_at_end",
		[ROUTE_REFUSED_KEY] = "dropped_refused_key",
		[ROUTE_BY_DROP] = "dropped_by_drop",
		[ROUTE_BY_LOSS] = "dropped_by_loss",
		[ROUTE_BY_RATE] = "dropped_by_rate",
		[ROUTE_BY_LOSSY_LINK] = "dropped_by_lossy_link",
		[ROUTE_UNREADABLE] = "dropped_unreadable",
		[ROUTE_WAITING] = "waiting",
		[ROUTE_UNHEARD_MS] = "no_link_unheard_ms",
		[ROUTE_EVICTED] = "agents_evicted",
		[ROUTE_DELAYED] = "delayed",
		[ROUTE_REORDERED] = "reordered",
		[ROUTE_DUPLICATED] = "duplicated",
		[ROUTE_CORRUPTED] = "corrupted",
	};

	r->places.named = r->links->count;
	for (unsigned i = 0; i < ROUTE_COUNTERS; i++)
		r->counters[i].name = names[i];
	stats_register("route", r->counters, ROUTE_COUNTERS);
	look_init(&r->look);
	r->event_fd = event_open();
	r->timer_fd = os_timer_open();
	if (r->event_fd < 0 || r->timer_fd < 0)
		return why_errno(why, "events");
	return receipts_init(&r->receipts) < 0 ? why_set(why, "out of memory") : 0;
}

void route_change_links(struct route *r, struct links *links)
{
	links_free(atomic_exchange(&r->new_links, links));
	event_raise(r->event_fd);
}

static bool are_same_agents(const struct links *a, const struct links *b)
{
	bool same = a->count == b->count;

	for (unsigned i = 0; same && i < a->count; i++)
		same = strcmp(a->names[i], b->names[i]) == 0;
	return same;
}

/* With --all they are bound for everybody, whoever is named. */
static bool have_same_queues(const struct links *a, const struct links *b)
{
	return a->all == b->all && (a->all || are_same_agents(a, b));
}

void route_forget_agent(struct route *r, unsigned agent)
{
	r->lives[agent]++;
	r->told_of_peers[agent] = r->has[agent] = r->bootstrap.started[agent] = false;
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++)
		r->ways[agent][i] = r->ways[i][agent] = (struct way){.waiting = 0};
}

/* What waits is on its way, and goes out also where its agents are in no link any more. */
static void replace_links(struct route *r, struct links *links)
{
	links_free(r->links);
	r->links = links;
	r->epoch++;
	r->strangers.count = 0;
	r->strangers.told_of_more = false;
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++) {
		r->told_of_peers[i] = r->has[i] = false;
		for (unsigned j = 0; j < LINKS_AGENTS_MAX; j++)
			r->ways[i][j] = (struct way){.waiting = 0};
	}
	log_warning("the links are others now, of %u agents", links->count);
	if (!r->bootstrap.on)
		unheard_begin(&r->unheard, links);
}

static void take_links(struct route *r)
{
	struct links *links = atomic_exchange(&r->new_links, NULL);
	struct why why;

	if (!links)
		return;
	if (links->all)
		places_move(r, links);
	if (links_equal(r->links, links)) {
		log_warning("the links are as they were, of %u agents", links->count);
		links_free(links);
		return;
	}
	if (!have_same_queues(r->links, links)) {
		struct queues *queues = queues_make(links, r->name, r->api, &why);
		if (!queues) {
			log_warning("%s (the links stay as they were)", why.text);
			links_free(links);
			return;
		}
		consumer_requeue(r->consumer, queues->list, queues->count);
		queues_free(r->next_queues);
		r->next_queues = queues;
	}
	/* It knows them by their places. */
	if (!are_same_agents(r->links, links))
		bootstrap_reset(&r->bootstrap);
	replace_links(r, links);
}

static void free_old_queues(struct route *r)
{
	if (!r->next_queues || consumer_requeues(r->consumer))
		return;
	queues_free(r->queues);
	r->queues = r->next_queues;
	r->next_queues = NULL;
}

/* --- the worker --- */

static void wait_for_work(struct route *r)
{
	struct pollfd fds[3 + 3 * BUS_FDS] = {
		{loop_stop_fd(), POLLIN, 0}, {r->event_fd, POLLIN, 0}, {r->timer_fd, POLLIN, 0}};
	int timeout = -1, n = 3;

	if (bootstrap_work(&r->bootstrap, r->links, r->live, &timeout) &&
	    consumer_is_open(r->consumer) && publisher_is_open(r->live) &&
	    publisher_is_open(r->kept))
		report_ready();
	strangers_work(r, &timeout);
	n += consumer_prepare(r->consumer, fds + n, &timeout);
	n += publisher_prepare(r->live, fds + n, &timeout);
	n += publisher_prepare(r->kept, fds + n, &timeout);
	loop_wait(fds, (nfds_t)n, timeout);
	event_drain(r->event_fd);
	os_timer_drain(r->timer_fd);
}

static int work_of_sessions(struct route *r)
{
	int status = consumer_work(r->consumer);

	if (status == EXIT_OK)
		status = publisher_work(r->live);
	if (status == EXIT_OK)
		status = publisher_work(r->kept);
	return status;
}

static void announce(struct route *r)
{
	uint64_t live = publisher_generation(r->live);

	if (!publisher_is_open(r->live) || !consumer_is_open(r->consumer) || live == r->told_live)
		return;
	r->told_live = live;
	say_state(r->live, COMPONENT, r->api, ENVELOPE_COMPONENT_READY, "connected");
}

/* While a frame waits for room, or too much waits, nothing more is read: the broker has it. */
static bool may_read(const struct route *r)
{
	int64_t due;
	const struct forward *f = waiting_first(&r->waiting, &due);

	return (!f || !f->kept || due > monotonic_ns()) &&
	       r->waiting.octets <= ROUTE_READING_OCTETS && receipts_have_room(&r->receipts);
}

/* The control queue has no packets, and the others nothing else: each is bound by its keys. */
static void handle(struct route *r, const struct bus_message *m)
{
	struct envelope_key key;
	bool is_ours = envelope_key_parse(&key, m->key, m->key_length) == 0;

	if (is_ours && key.direction == ENVELOPE_FROM_AGENT && *key.name)
		unheard_note(&r->unheard, r->links, key.name);
	if (is_ours && key.kind != ENVELOPE_TUN_PACKET && key.kind != ENVELOPE_SERIAL_PACKET) {
		control_message(r, m, &key);
		return;
	}
	if (consumer_overheard(r->consumer, m)) {
		strangers_note(r, m, is_ours ? &key : NULL);
		return;
	}
	route_count(r, ROUTE_MESSAGES, 1);
	if (is_ours) {
		forward_message(r, m, &key);
		return;
	}
	route_count(r, ROUTE_KEY, 1);
	limited_info("%s: a routing key that is no agent's", m->key);
	consumer_done(r->consumer, r->receipts.generation, m->delivery_tag);
}

static void handle_messages(struct route *r)
{
	struct bus_message m;

	for (unsigned i = 0; i < BURST && may_read(r) && consumer_next(r->consumer, &m) > 0; i++)
		handle(r, &m);
}

static void note_connection(struct route *r)
{
	uint64_t generation = consumer_generation(r->consumer);

	if (generation == r->generation)
		return;
	/* With --bootstrap it is started that is waited for, and said. */
	if (!r->generation && !r->bootstrap.on)
		unheard_begin(&r->unheard, r->links);
	r->generation = generation;
	strangers_begin(r);
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++)
		r->has[i] = false;
}

static int work_until_end(struct route *r)
{
	while (!loop_stopping()) {
		wait_for_work(r);
		take_links(r);
		int status = work_of_sessions(r);
		free_old_queues(r);
		if (status != EXIT_OK)
			return status;
		note_connection(r);
		receipts_settle(&r->receipts, r->consumer, r->kept);
		announce(r);
		forward_due(r);
		handle_messages(r);
		forward_due(r);
		receipts_settle(&r->receipts, r->consumer, r->kept);
	}
	return EXIT_OK;
}

int route_run(void *route)
{
	struct route *r = route;
	int status = work_until_end(r);

	if (publisher_is_open(r->live))
		say_state(r->live, COMPONENT, r->api, ENVELOPE_COMPONENT_SHUTDOWN, "going away");
	publisher_close(r->kept);
	receipts_settle(&r->receipts, r->consumer, r->kept);
	consumer_close(r->consumer);
	publisher_close(r->live);
	forward_end(r);
	return status;
}

void route_watch(void *route)
{
	const struct route *r = route;

	consumer_watch(r->consumer);
	publisher_watch(r->live);
	publisher_watch(r->kept);
}

void route_interrupt(void *route)
{
	const struct route *r = route;

	consumer_interrupt(r->consumer);
	publisher_interrupt(r->live);
	publisher_interrupt(r->kept);
}
