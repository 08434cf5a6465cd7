#include "bus/consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limit.h"
#include "bus/consumer_internal.h"
#include "bus/properties.h"

enum { DEFAULT_MAX_MESSAGE = 1 << 20, FRAMES_AT_ONCE = 4096 };
#define BIND_EVERY_NS (10 * INT64_C(1000000000))

/* --- making it --- */

static int build(const struct link *link, void *context, struct failure *failure)
{
	struct consumer *c = context;
	struct topology_words words = {.kept = &c->said, .names = c->names};
	bool without = false;

	if (topology_build(link, c->config.settings->exchange, c->config.queues,
	                   c->config.queue_count, &words, failure) < 0)
		return -1;
	for (unsigned i = 0; i < c->config.queue_count; i++) {
		without |= words.refusals.any[i] && c->config.queues[i].kind != BUS_OVERHEARD;
		atomic_store(&c->without_own_keys[i], words.refusals.any[i]);
	}
	c->refusals = words.refusals;
	if (without)
		link_tell_own_key_refused(words.refused.text);
	if (words.unheard.text[0])
		limited_warning("%s; going on without what comes under it, which is counted alone",
		                words.unheard.text);
	return 0;
}

static size_t longest_message(const struct consumer_config *config)
{
	if (config->settings->max_message)
		return (size_t)config->settings->max_message;
	return config->max_message ? config->max_message : DEFAULT_MAX_MESSAGE;
}

static int init(struct consumer *c, const struct consumer_config *config, struct why *why)
{
	const struct connect_request request = {
		.settings = config->settings,
		.agent = config->agent,
		.direction = config->direction,
		.socket_buffer = SO_RCVBUF,
		.socket_octets = config->socket_octets,
		.build = build,
		.context = c,
	};

	c->config = *config;
	c->incoming.max_message = longest_message(config);
	if (config->shows_properties && !(c->incoming.properties = malloc(PROPERTIES_TEXT_MAX)))
		return why_set(why, "out of memory");
	c->wanted = (struct wanted){.senders = &config->settings->senders,
	                            .queues = config->queues,
	                            .queue_count = config->queue_count,
	                            .agent = config->agent,
	                            .exchange = config->settings->exchange,
	                            .counters = c->counters};
	c->counters[CONNECTIONS].name = "connections";
	c->counters[DISCONNECTED_MS].name = "disconnected_ms";
	if (wanted_init(&c->wanted, why) < 0)
		return -1;
	if (bus_queue_is_shared(config->queues[0].kind) && deliveries_init(&c->deliveries) < 0)
		return why_set(why, "out of memory");
	return session_init(&c->session, &request, &c->counters[CONNECTIONS],
	                    &c->counters[DISCONNECTED_MS], why);
}

struct consumer *consumer_new(const struct consumer_config *config, struct why *why)
{
	struct consumer *c;

	if (config->queue_count < 1 || config->queue_count > BUS_QUEUES_MAX) {
		why_set(why, "%s: %u queues: must be 1 to %d", config->direction,
		        config->queue_count, BUS_QUEUES_MAX);
		return NULL;
	}
	c = calloc(1, sizeof *c);
	if (!c) {
		why_set(why, "out of memory");
		return NULL;
	}
	if (init(c, config, why) < 0) {
		free(c);
		return NULL;
	}
	snprintf(c->section, sizeof c->section, "bus_%s", config->direction);
	stats_register(c->section, c->counters, COUNTERS);
	return c;
}

/* --- consuming --- */

/* Of a shared queue; what is not given out is done. */
static void note_delivery(struct consumer *c, const struct bus_message *m, bool wanted)
{
	if (m->queue >= c->config.queue_count ||
	    !bus_queue_is_shared(c->config.queues[m->queue].kind))
		return;
	if (!deliveries_note(&c->deliveries, m->delivery_tag))
		session_lose(&c->session, false, "the broker sent more than it may at one time");
	else if (!wanted)
		deliveries_done(&c->deliveries, m->delivery_tag);
}

/* 1: a message is whole; 0: no more frames at the moment, or the connection is gone. A broker that
 * sends frames but no messages does not hold the owner up. */
static int read_message(struct consumer *c)
{
	struct session *s = &c->session;
	amqp_frame_t frame;
	struct why why;
	int whole = 0;

	for (unsigned i = 0; !whole; i++) {
		if (i == FRAMES_AT_ONCE || session_read_frame(s, &frame) <= 0)
			return 0;
		whole = incoming_step(&c->incoming, &frame, &why);
	}
	if (whole < 0)
		session_lose(s, false, why.text);
	return whole > 0;
}

int consumer_next(struct consumer *c, struct bus_message *m)
{
	while (session_is_connected(&c->session) && read_message(c)) {
		*m = c->incoming.message;
		if (m->queue < c->config.queue_count)
			c->has_come[m->queue] = true;
		bool wanted = wanted_message(&c->wanted, &c->incoming);
		if (wanted_is_kept(&c->wanted, m))
			acks_note(&c->acks, m->delivery_tag, wanted);
		note_delivery(c, m, wanted);
		if (wanted)
			return 1;
		/* What was given out before it may not be written yet: both are told of together.
		 */
		if (!c->acks.given)
			consumer_ack(c);
	}
	return 0;
}

bool consumer_has_received(const struct consumer *c)
{
	return stats_get(&c->counters[WANTED_RECEIVED]) > 0;
}

bool consumer_overheard(const struct consumer *c, const struct bus_message *m)
{
	return c->config.queues[m->queue].kind == BUS_OVERHEARD;
}

void consumer_overhear(struct consumer *c, bool reads)
{
	struct session *s = &c->session;
	int status = AMQP_STATUS_OK;

	if (!session_is_connected(s))
		return;
	session_busy(s);
	for (unsigned i = 0; i < c->config.queue_count && status == AMQP_STATUS_OK; i++)
		if (c->config.queues[i].kind == BUS_OVERHEARD)
			status = reads ? topology_overhear(&s->link, c->config.settings->exchange,
			                                   c->config.queues, i, &c->wanted.refusals,
			                                   c->names)
			               : topology_unhear(&s->link, i);
	session_idle(s);
	if (status != AMQP_STATUS_OK)
		session_lose_status(s, reads ? "consuming" : "cancelling a consumer", status);
}

/* --- the owner's loop --- */

/* An exchange may have been deleted, and made again without our bindings: nothing would say so. */
static void bind_again(struct consumer *c, int *timeout_ms)
{
	struct session *s = &c->session;
	int64_t now = monotonic_ns();

	if (!session_is_connected(s) || c->generation != s->generation)
		return;
	if (now >= c->bind_at) {
		c->bind_at = now + BIND_EVERY_NS;
		session_busy(s);
		int status = topology_bind_again(&s->link, c->config.settings->exchange,
		                                 c->config.queues, c->config.queue_count,
		                                 &c->wanted.refusals, c->names);
		session_idle(s);
		if (status != AMQP_STATUS_OK)
			session_lose_status(s, "binding", status);
	}
	session_lower(timeout_ms, (c->bind_at - now) / 1000000 + 1);
}

int consumer_prepare(struct consumer *c, struct pollfd *fds, int *timeout_ms)
{
	bind_again(c, timeout_ms);
	if (!acks_hold(&c->acks, timeout_ms))
		consumer_flush_acks(c);
	consumer_flush_done(c);
	return session_prepare(&c->session, fds, timeout_ms);
}

/* An attempt that is under way reads those of config: they are exchanged when it is done. */
static void change_queues(struct consumer *c)
{
	struct session *s = &c->session;

	if (!c->next_queues || session_is_connecting(s))
		return;
	consumer_flush_done(c);
	/* It may have been lost in that. */
	bool connected = session_is_connected(s);
	if (connected)
		consumer_settle(c);
	c->config.queues = c->wanted.queues = c->next_queues;
	c->config.queue_count = c->wanted.queue_count = c->next_count;
	c->next_queues = NULL;
	if (connected)
		session_renew(s, "closed here: it is opened again with other queues",
		              CONSUMER_CLOSE_MS);
}

void consumer_requeue(struct consumer *c, const struct bus_queue *queues, unsigned count)
{
	c->next_queues = queues;
	c->next_count = count;
}

bool consumer_requeues(const struct consumer *c)
{
	return c->next_queues != NULL;
}

int consumer_work(struct consumer *c)
{
	change_queues(c);
	int status = session_work(&c->session);

	if (c->generation != c->session.generation) {
		c->generation = c->session.generation;
		memset(c->has_come, 0, sizeof c->has_come);
		c->bind_at = monotonic_ns() + BIND_EVERY_NS;
		acks_reset(&c->acks);
		deliveries_reset(&c->deliveries);
		incoming_reset(&c->incoming);
		wanted_bound(&c->wanted, &c->refusals);
	}
	return status;
}

bool consumer_is_open(const struct consumer *c)
{
	return session_is_open(&c->session);
}

bool consumer_is_without_own_keys(const struct consumer *c, unsigned queue)
{
	return atomic_load(&c->without_own_keys[queue]);
}

uint64_t consumer_generation(const struct consumer *c)
{
	return c->session.generation;
}

void consumer_watch(struct consumer *c)
{
	session_watch(&c->session);
}

void consumer_interrupt(struct consumer *c)
{
	session_interrupt(&c->session);
}
