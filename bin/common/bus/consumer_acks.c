#include "bus/consumer.h"

#include "base/log.h"
#include "base/loop.h"
#include "bus/consumer_internal.h"
#include "bus/settling.h"

void consumer_flush_acks(struct consumer *c)
{
	struct session *s = &c->session;

	if (!session_is_connected(s) || !c->acks.due)
		return;
	session_busy(s);
	int status = acks_send(&c->acks, &s->link, c->config.queues, c->config.queue_count);
	session_idle(s);
	if (status != AMQP_STATUS_OK)
		session_lose_status(s, "acknowledging", status);
}

void consumer_flush_done(struct consumer *c)
{
	struct session *s = &c->session;

	if (!session_is_connected(s) || c->holds)
		return;
	uint64_t tag = deliveries_take(&c->deliveries);
	if (!tag)
		return;
	session_busy(s);
	int status = amqp_basic_ack(s->link.connection, LINK_CHANNEL, tag, 1);
	session_idle(s);
	if (status != AMQP_STATUS_OK)
		session_lose_status(s, "acknowledging", status);
}

void consumer_ack(struct consumer *c)
{
	acks_note_written(&c->acks);
	if (acks_are_many(&c->acks))
		consumer_flush_acks(c);
}

void consumer_done(struct consumer *c, uint64_t generation, uint64_t tag)
{
	if (generation != c->generation || !session_is_connected(&c->session))
		return;
	deliveries_done(&c->deliveries, tag);
	if (deliveries_due(&c->deliveries) >= DELIVERIES_AT_ONCE)
		consumer_flush_done(c);
}

void consumer_hold(struct consumer *c, bool holds)
{
	c->holds = holds;
}

void consumer_leave_last(struct consumer *c)
{
	acks_leave_last(&c->acks);
}

bool consumer_ack_is_due(const struct consumer *c)
{
	return acks_are_many(&c->acks);
}

/* --- the end --- */

static uint64_t count_in_flight(const struct consumer *c)
{
	/* Its body is still to come. */
	bool comes = !incoming_is_between(&c->incoming) &&
	             wanted_is_kept(&c->wanted, &c->incoming.message);

	return acks_in_flight(&c->acks) + comes;
}

void consumer_settle(struct consumer *c)
{
	struct session *s = &c->session;
	struct settling settling = {.link = &s->link,
	                            .queues = c->config.queues,
	                            .count = c->config.queue_count,
	                            .has_come = c->has_come,
	                            .window = c->acks.window,
	                            .in_flight = count_in_flight(c)};

	session_busy(s);
	bool settled =
		settling_wait(&settling, loop_stopping() ? CONSUMER_CLOSE_MS : CONSUMER_SETTLE_MS);
	session_idle(s);
	if (!settled)
		log_warning("%s: %s: the broker has not said in time that it noted the last "
		            "acknowledgements: what they are of may come again",
		            session_node(s)->shown, s->request.direction);
}

static void warn_of_kept_queues(const struct consumer *c, const char *why)
{
	for (unsigned i = 0; i < c->config.queue_count; i++)
		if (c->config.queues[i].kind == BUS_KEPT)
			log_warning("%s: %s the queue %s; it may stay on the broker",
			            session_node(&c->session)->shown, why,
			            c->config.queues[i].name);
}

static void close_connection(struct consumer *c)
{
	struct session *s = &c->session;

	if (!c->deletes_kept)
		consumer_settle(c);
	session_busy(s);
	bool deletes = c->deletes_kept &&
	               topology_delete_kept(&s->link, c->config.queues, c->config.queue_count);
	session_idle(s);
	bool closed = session_close(s, deletes ? CONSUMER_DELETE_MS : CONSUMER_CLOSE_MS);
	if (deletes && !closed)
		warn_of_kept_queues(c, "the broker has not said that it deleted");
}

void consumer_delete_kept(struct consumer *c)
{
	c->deletes_kept = true;
}

void consumer_close(struct consumer *c)
{
	struct session *s = &c->session;

	session_abandon(s);
	if (session_is_connected(s)) {
		consumer_flush_acks(c);
		consumer_flush_done(c);
		if (session_is_connected(s))
			close_connection(c);
	} else if (c->deletes_kept) {
		warn_of_kept_queues(c, "there is no connection to delete");
	}
	s->status = s->status ? s->status : EXIT_RUNNING;
}
