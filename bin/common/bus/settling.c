#include "bus/settling.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bus/table.h"

enum { PAUSE_NS = 2000000 };

static unsigned count_queues(const struct settling *s, enum bus_queue_kind kind)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->count; i++)
		n += s->has_come[i] && s->queues[i].kind == kind;
	return n;
}

/* Queues of the other kinds have no log. */
static bool is_asked(const struct settling *s, unsigned i)
{
	return s->has_come[i] &&
	       (s->queues[i].kind == BUS_KEPT || s->queues[i].kind == BUS_SHARED_KEPT);
}

/* --- what the broker says --- */

static void note_delivery(struct settling *s, const amqp_basic_deliver_t *d)
{
	char tag[32];

	snprintf(tag, sizeof tag, "%.*s", (int)d->consumer_tag.len,
	         (const char *)d->consumer_tag.bytes);
	unsigned long queue = strtoul(tag, NULL, 10);
	s->in_flight += queue < s->count && s->queues[queue].kind == BUS_KEPT;
}

static bool handle(struct settling *s, const amqp_method_t *method)
{
	switch (method->id) {
	case AMQP_BASIC_DELIVER_METHOD:
		note_delivery(s, method->decoded);
		return true;
	case AMQP_QUEUE_DECLARE_OK_METHOD:
		s->ready += ((const amqp_queue_declare_ok_t *)method->decoded)->message_count;
		s->answers++;
		return true;
	case AMQP_CHANNEL_CLOSE_METHOD:
	case AMQP_CONNECTION_CLOSE_METHOD:
		return false;
	default:
		return true;
	}
}

static bool read_frame(struct settling *s, int64_t until)
{
	amqp_frame_t frame;
	struct why why;
	int status = wire_wait(s->link->wire, until, &frame, &why);

	if (status == 0)
		link_beat(s->link);
	if (status <= 0)
		return status == 0;
	return frame.frame_type != AMQP_FRAME_METHOD || handle(s, &frame.payload.method);
}

static bool pause_reading(struct settling *s)
{
	int64_t until = monotonic_ns() + PAUSE_NS;

	while (read_frame(s, until))
		;
	return monotonic_ns() >= until;
}

/* --- what it is asked --- */

/* The answer about a queue stands behind all that the queue had told the channel, and that its
 * channel handles before whatever is sent after the answer has come. */
static bool ask(struct settling *s)
{
	unsigned asked = 0;

	s->ready = 0;
	s->answers = 0;
	for (unsigned i = 0; i < s->count; i++) {
		amqp_queue_declare_t request = {.queue = amqp_cstring_bytes(s->queues[i].name),
		                                .passive = 1};

		if (!is_asked(s, i))
			continue;
		if (amqp_send_method(s->link->connection, LINK_CHANNEL, AMQP_QUEUE_DECLARE_METHOD,
		                     &request) != AMQP_STATUS_OK)
			return false;
		asked++;
	}
	while (s->answers < asked)
		if (!read_frame(s, INT64_MAX))
			return false;
	return true;
}

/* A consumer is added through the queue's log: it is there when all before it is. It gets nothing
 * while the others may have more, of a shared queue nothing at all. */
static bool add_consumers(const struct settling *s)
{
	amqp_table_entry_t priority = table_number("x-priority", (uint64_t)-1);
	amqp_basic_qos_t qos = {.prefetch_count = 1};
	int status =
		amqp_send_method(s->link->connection, LINK_CHANNEL, AMQP_BASIC_QOS_METHOD, &qos);

	for (unsigned i = 0; i < s->count && status == AMQP_STATUS_OK; i++) {
		char tag[32];
		amqp_basic_consume_t request = {.queue = amqp_cstring_bytes(s->queues[i].name),
		                                .nowait = 1,
		                                .arguments = table_of(&priority, 1)};

		if (!is_asked(s, i))
			continue;
		snprintf(tag, sizeof tag, "%u.last", i);
		request.consumer_tag = amqp_cstring_bytes(tag);
		status = amqp_send_method(s->link->connection, LINK_CHANNEL,
		                          AMQP_BASIC_CONSUME_METHOD, &request);
	}
	return status == AMQP_STATUS_OK;
}

/* More in flight than this the broker gives only for what is acknowledged. */
static bool is_window_full(const struct settling *s)
{
	return s->in_flight >= (uint64_t)s->window * count_queues(s, BUS_KEPT);
}

/* Until the window is full again, or nothing is left to fill it: an added consumer would be given
 * what the window has no room for yet, which would then come again behind it. */
static bool wait_for_window(struct settling *s)
{
	while (ask(s)) {
		if (is_window_full(s) || !s->ready)
			return true;
		if (!pause_reading(s))
			return false;
	}
	return false;
}

bool settling_wait(struct settling *s, int limit_ms)
{
	bool any_kept = count_queues(s, BUS_KEPT) > 0;

	if (!any_kept && !count_queues(s, BUS_SHARED_KEPT))
		return true;
	wire_begin_setup(s->link->wire, limit_ms, SIZE_MAX);
	if (any_kept && !wait_for_window(s))
		return false;
	if (any_kept && is_window_full(s))
		return true;
	return add_consumers(s) && ask(s);
}
