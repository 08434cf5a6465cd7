#include <string.h>

#include "bus/bus_internal.h"
#include "envelope.h"
#include "base/log.h"

enum { ACKS_AT_ONCE = 100 };

static void add(struct bus *b, enum consumer_counter counter, uint64_t n)
{
	stats_add(&b->counters[counter], n);
}

static bool is_bound(const struct bus *b, const struct bus_message *m)
{
	/* No key of ours has a NUL: the rest behind it would be seen by the broker alone. */
	if (m->queue >= b->config.queue_count || strlen(m->key) != m->key_length)
		return false;
	for (const char *const *pattern = b->config.queues[m->queue].bindings; *pattern; pattern++)
		if (envelope_key_match(*pattern, m->key, m->key_length))
			return true;
	return false;
}

static bool is_from_required_user(const struct bus *b)
{
	const struct option_strings *users = &bus_options.required_users;

	for (size_t i = 0; i < users->count; i++)
		if (strcmp(users->item[i], b->incoming.user) == 0)
			return true;
	return users->count == 0;
}

static bool is_new(struct bus *b, const struct bus_message *m)
{
	int64_t lost = 0;
	enum bus_arrival arrival = bus_seen_note(b->seen, m->message_id, m->key, &lost);

	/* Wraps around for what comes late after all: the sum stays right. */
	add(b, CON_LOST_ON_BUS, (uint64_t)lost);
	return arrival == BUS_NEW;
}

/* Whoever can add CC headers reaches queues whose bindings the broker would not let it use. */
static bool is_wanted(struct bus *b, const struct bus_message *m)
{
	add(b, CON_RECEIVED, 1);
	add(b, CON_OCTETS, m->length);
	if (!is_bound(b, m)) {
		add(b, CON_FOREIGN_KEY, 1);
		log_info(
			"message with the routing key %s: dropped, no binding of ours asked for it",
			m->key);
		return false;
	}
	if (b->incoming.discard) {
		add(b, CON_TOO_LONG, 1);
		log_info("message %s of %zu octets: dropped, longer than %zu", m->key, m->length,
		         b->max_message);
		return false;
	}
	if (!is_from_required_user(b)) {
		add(b, CON_FOREIGN_USER, 1);
		log_info("message %s of user '%s': dropped, not one of --require-user", m->key,
		         b->incoming.user);
		return false;
	}
	if (!is_new(b, m)) {
		add(b, CON_DUPLICATES, 1);
		return false;
	}
	return true;
}

int bus_next(struct bus *b, struct bus_message *m)
{
	amqp_frame_t frame;

	while (b->state == BUS_OPEN) {
		if (b->incoming.expect == EXPECT_METHOD)
			bus_release_buffers(b);
		if (bus_read_frame(b, &frame) <= 0)
			return 0;
		if (bus_step_message(b, &frame) <= 0)
			continue;
		*m = b->incoming.message;
		if (is_wanted(b, m))
			return 1;
		bus_ack(b, m);
	}
	return 0;
}

void bus_ack(struct bus *b, const struct bus_message *m)
{
	if (b->state != BUS_OPEN || m->queue >= b->config.queue_count ||
	    b->config.queues[m->queue].kind != BUS_KEPT)
		return;
	b->ack_tag = m->delivery_tag;
	if (++b->acks_due >= ACKS_AT_ONCE)
		bus_flush_acks(b);
}

void bus_flush_acks(struct bus *b)
{
	if (b->state != BUS_OPEN || !b->acks_due)
		return;
	bus_busy(b);
	int status = amqp_basic_ack(b->link.connection, BUS_CHANNEL, b->ack_tag, 1);
	bus_idle(b);
	b->acks_due = 0;
	if (status != AMQP_STATUS_OK)
		bus_lose_status(b, "acknowledging", status);
}
