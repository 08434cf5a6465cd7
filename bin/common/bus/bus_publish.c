#include <stdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bus/bus_internal.h"
#include "base/event.h"
#include "base/log.h"
#include "base/clock.h"

enum { POSTED_MAX = 64, BURST = 256 };

/* How long messages may stay unanswered on a connection that has never confirmed any, at first, and
 * at the most. */
static const int64_t UNHEARD_NS = 1000000000, UNHEARD_MOST_NS = 60000000000;

static void add(struct bus *b, enum publisher_counter counter, uint64_t n)
{
	stats_add(&b->counters[counter], n);
}

static void set_pending(struct bus *b)
{
	if (b->kept)
		stats_set(&b->counters[PUB_PENDING], bus_kept_count(b->kept) + b->on_disk_only);
}

/* The first message goes at once; those that follow before the owner waits again leave in segments
 * as long as TCP makes them, which spares both kernels and the broker a wake-up a message. */
static void cork(struct bus *b)
{
	int on = 1;

	if (b->sends++ == 1)
		setsockopt(b->link.socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

void bus_flush(struct bus *b)
{
	int off = 0;

	if (b->state == BUS_OPEN && b->sends > 1)
		setsockopt(b->link.socket, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
	b->sends = 0;
}

/* The library holds a message whose last frame is full back for up to 200 ms; setting the option
 * again sends it off. */
static void push_full_frame(const struct bus *b, size_t length)
{
	int on = 1;

	if (length && length % (b->link.frame_max - 8) == 0)
		setsockopt(b->link.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool send_message(struct bus *b, const struct bus_kept_message *m, uint64_t expiration_ms,
                         bool kept)
{
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
	                  AMQP_BASIC_TIMESTAMP_FLAG,
		.content_type = amqp_cstring_bytes(m->content_type),
		.delivery_mode = kept ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT,
		.timestamp = m->timestamp,
	};
	const struct bus_node *node = bus_node(b->node);
	char expiration[24];

	if (m->message_id[0]) {
		p._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
		p.message_id = amqp_cstring_bytes(m->message_id);
	}
	if (strcmp(m->content_type, "application/json") == 0) {
		p._flags |= AMQP_BASIC_CONTENT_ENCODING_FLAG;
		p.content_encoding = amqp_cstring_bytes("utf-8");
	}
	if (node->password && !b->nameless) {
		p._flags |= AMQP_BASIC_USER_ID_FLAG;
		p.user_id = amqp_cstring_bytes(node->user);
	}
	if (expiration_ms) {
		snprintf(expiration, sizeof expiration, "%llu", (unsigned long long)expiration_ms);
		p._flags |= AMQP_BASIC_EXPIRATION_FLAG;
		p.expiration = amqp_cstring_bytes(expiration);
	}
	cork(b);
	bus_busy(b);
	int status = amqp_basic_publish(b->link.connection, BUS_CHANNEL,
	                                amqp_cstring_bytes(bus_options.exchange),
	                                amqp_cstring_bytes(m->key), kept, 0, &p,
	                                (amqp_bytes_t){m->length, (void *)m->body});
	bus_idle(b);
	if (status != AMQP_STATUS_OK) {
		bus_lose_status(b, "publishing", status);
		return false;
	}
	push_full_frame(b, m->length);
	b->tag++;
	return true;
}

static uint64_t seconds_now(void)
{
	return (uint64_t)time(NULL);
}

static void send_kept(struct bus *b, unsigned most)
{
	struct bus_kept_message m;
	bool again;

	if (monotonic_ns() < b->resend_at)
		return;
	while (most-- && bus_kept_next(b->kept, &m)) {
		if (!send_message(b, &m, 0, true))
			return;
		bus_kept_sent(b->kept, b->tag, &again);
		if (!b->unanswered_since)
			b->unanswered_since = monotonic_ns();
		if (again)
			add(b, PUB_RESENT, 1);
	}
}

/* What came first goes out first: nothing passes what still waits on disk. */
static bool keep(struct bus *b, struct bus_kept_message *m)
{
	enum bus_store_result stored =
		b->store ? b->store->add(b->store, m, &m->stored) : BUS_STORE_FAILED;

	if (b->store && stored == BUS_STORE_FULL)
		return false;
	if (stored == BUS_STORE_TAKEN && (b->on_disk_only || !bus_kept_add(b->kept, m))) {
		b->on_disk_only++;
		return true;
	}
	if (stored == BUS_STORE_TAKEN)
		b->loaded_until = m->stored;
	return stored == BUS_STORE_TAKEN || bus_kept_add(b->kept, m);
}

static void load_from_disk(struct bus *b)
{
	struct bus_kept_message m;
	uint64_t number;

	while (b->on_disk_only && b->store->next(b->store, b->loaded_until, &m, &number)) {
		m.stored = number;
		if (!bus_kept_add(b->kept, &m))
			return;
		b->loaded_until = number;
		b->on_disk_only--;
	}
}

int bus_publish(struct bus *b, const struct bus_publication *p)
{
	char id[64];
	struct bus_kept_message m = {
		.key = p->key,
		.content_type = p->content_type,
		.message_id = id,
		.body = p->body,
		.length = p->length,
		.timestamp = seconds_now(),
	};

	if (!b->kept && !bus_is_open(b))
		return BUS_AGAIN;
	bus_ids_next(b->ids, p->key, id);
	if (b->kept) {
		if (!keep(b, &m)) {
			bus_ids_undo(b->ids, p->key);
			return BUS_AGAIN;
		}
		if (bus_is_open(b))
			send_kept(b, BURST);
		set_pending(b);
	} else if (!send_message(b, &m, p->expiration_ms, false)) {
		return BUS_AGAIN;
	}
	add(b, PUB_PUBLISHED, 1);
	add(b, PUB_PACKETS, p->units);
	add(b, PUB_OCTETS, p->length);
	return 0;
}

/* --- control messages from any thread --- */

bool bus_post(struct bus *b, const char *key, const void *body, size_t length)
{
	struct bus_posted *m = malloc(sizeof *m + length);
	bool room = false;

	if (!m)
		return false;
	m->next = NULL;
	m->length = length;
	snprintf(m->key, sizeof m->key, "%s", key);
	memcpy(m->body, body, length);
	pthread_mutex_lock(&b->lock);
	if (b->posted_count < POSTED_MAX) {
		*b->posted_end = m;
		b->posted_end = &m->next;
		b->posted_count++;
		room = true;
	}
	pthread_mutex_unlock(&b->lock);
	if (!room) {
		free(m);
		add(b, PUB_POSTS_DROPPED, 1);
	} else {
		event_raise(b->event_fd);
	}
	return room;
}

static struct bus_posted *first_posted(struct bus *b)
{
	pthread_mutex_lock(&b->lock);
	struct bus_posted *m = b->posted;
	pthread_mutex_unlock(&b->lock);
	return m;
}

static void drop_first_posted(struct bus *b)
{
	pthread_mutex_lock(&b->lock);
	struct bus_posted *m = b->posted;
	b->posted = m->next;
	if (!b->posted)
		b->posted_end = &b->posted;
	b->posted_count--;
	pthread_mutex_unlock(&b->lock);
	free(m);
}

static void send_posted(struct bus *b)
{
	struct bus_posted *posted;

	while (b->state == BUS_OPEN && (posted = first_posted(b))) {
		char id[64];
		struct bus_kept_message m = {
			.key = posted->key,
			.content_type = "application/json",
			.message_id = id,
			.body = (const uint8_t *)posted->body,
			.length = posted->length,
			.timestamp = seconds_now(),
		};

		bus_ids_next(b->ids, posted->key, id);
		if (!send_message(b, &m, 0, false))
			return;
		drop_first_posted(b);
		add(b, PUB_POSTED, 1);
	}
}

size_t bus_pending(const struct bus *b)
{
	struct bus *unlocked = (struct bus *)b;

	pthread_mutex_lock(&unlocked->lock);
	size_t count = b->posted_count;
	pthread_mutex_unlock(&unlocked->lock);
	return count + (b->kept ? bus_kept_count(b->kept) + b->on_disk_only : 0);
}

uint64_t bus_unroutable(const struct bus *b)
{
	return stats_get(&b->counters[PUB_RETURNED]);
}

/* --- what the broker answers --- */

static void note_answer(struct bus *b)
{
	b->unanswered_since = bus_kept_awaits(b->kept) ? monotonic_ns() : 0;
}

static void note_heard(struct bus *b)
{
	if (!b->is_heard && b->unheard)
		b->unheard--;
	b->is_heard = true;
	b->refusals = 0;
	note_answer(b);
}

/* RabbitMQ refuses or forgets what it is given for a quorum queue that has no leader, and on a
 * channel that was opened in that state it goes on doing so when there is a leader again. A broker
 * that is only slow, or full, is given twice the time each time. */
static int64_t unheard_left_ns(const struct bus *b)
{
	int64_t patience =
		b->is_heard || b->unheard > 5 ? UNHEARD_MOST_NS : UNHEARD_NS << b->unheard;

	return b->unanswered_since + patience - monotonic_ns();
}

static void end_if_unheard(struct bus *b)
{
	if (!b->unanswered_since)
		return;
	if (b->blocked)
		b->unanswered_since = monotonic_ns();
	if (unheard_left_ns(b) > 0)
		return;
	b->unheard++;
	bus_lose(b, false, "the broker confirms nothing");
}

static void take_confirm(struct bus *b, uint64_t tag, bool multiple)
{
	uint64_t settled = bus_kept_confirm(b->kept, tag, multiple);
	/* A message comes back before its ack does. */
	uint64_t returned = b->returns < settled ? b->returns : settled;

	if (settled)
		note_heard(b);
	b->returns -= returned;
	add(b, PUB_RETURNED, returned);
	add(b, PUB_CONFIRMED, settled - returned);
	set_pending(b);
}

/* A queue that is full, or broken, refuses what comes at once again: from 0.1 s to 5 s between two
 * tries. */
static void take_refusal(struct bus *b, uint64_t refused)
{
	int64_t now = monotonic_ns();

	if (!refused)
		return;
	add(b, PUB_NACKED, refused);
	if (b->is_heard)
		note_answer(b);
	if (now < b->resend_at)
		return;
	int64_t delay = (int64_t)100000000 << (b->refusals < 6 ? b->refusals : 6);
	b->resend_at = now + (delay < 5000000000 ? delay : 5000000000);
	if (b->refusals++ == 0)
		log_warning("%s: %s: the broker refused messages (a queue that is full or broken); "
		            "they are sent again",
		            bus_node(b->node)->shown, b->config.direction);
}

static void take_frame(struct bus *b, const amqp_frame_t *frame)
{
	const amqp_method_t *method = &frame->payload.method;
	bool is_method = frame->frame_type == AMQP_FRAME_METHOD;

	if (is_method && method->id == AMQP_BASIC_ACK_METHOD && b->kept) {
		const amqp_basic_ack_t *ack = method->decoded;
		take_confirm(b, ack->delivery_tag, ack->multiple);
	} else if (is_method && method->id == AMQP_BASIC_NACK_METHOD && b->kept) {
		const amqp_basic_nack_t *nack = method->decoded;
		take_refusal(b, bus_kept_refuse(b->kept, nack->delivery_tag, nack->multiple));
	} else if (bus_step_message(b, frame) > 0 && b->incoming.is_return) {
		b->returns++;
	}
}

static int64_t unsent_left_ns(struct bus *b)
{
	struct bus_kept_message m;

	return bus_kept_next(b->kept, &m) ? b->resend_at - monotonic_ns() : INT64_MAX;
}

int bus_publisher_wait_ms(struct bus *b)
{
	if (first_posted(b))
		return 0;
	if (!b->kept)
		return -1;
	int64_t left = unsent_left_ns(b),
		unheard = b->unanswered_since ? unheard_left_ns(b) : INT64_MAX;
	if (unheard < left)
		left = unheard;
	if (left == INT64_MAX)
		return -1;
	return left > 0 ? (int)(left / 1000000) + 1 : 0;
}

void bus_publisher_opened(struct bus *b)
{
	b->tag = b->returns = 0;
	b->sends = b->refusals = 0;
	b->resend_at = b->unanswered_since = 0;
	b->is_heard = false;
}

void bus_publisher_lost(struct bus *b)
{
	if (b->kept)
		bus_kept_rewind(b->kept);
}

void bus_publisher_work(struct bus *b)
{
	amqp_frame_t frame;

	while (b->state == BUS_OPEN && bus_read_frame(b, &frame) > 0)
		take_frame(b, &frame);
	if (b->state == BUS_OPEN && b->incoming.expect == EXPECT_METHOD)
		bus_release_buffers(b);
	if (b->state == BUS_OPEN)
		end_if_unheard(b);
	if (bus_is_open(b))
		send_posted(b);
	if (b->store)
		load_from_disk(b);
	if (bus_is_open(b) && b->kept)
		send_kept(b, BURST);
}
