#include <linux/sockios.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus_internal.h"
#include "base/event.h"
#include "base/log.h"
#include "base/clock.h"

enum {
	DEFAULT_KEPT_OCTETS = 16 << 20,
	DEFAULT_MAX_MESSAGE = 1 << 20,
	CLOSE_MS = 300,
	DELETE_MS = 500
};

#define MS 1000000 /* nanoseconds */

static struct bus *all_buses;

static const char *const publisher_names[PUBLISHER_COUNTERS] = {
	[PUB_PUBLISHED] = "published",
	[PUB_PACKETS] = "packets",
	[PUB_OCTETS] = "octets",
	[PUB_RESTORED] = "restored",
	[PUB_CONFIRMED] = "confirmed",
	[PUB_RETURNED] = "unroutable",
	[PUB_PENDING] = "pending",
	[PUB_NACKED] = "nacked",
	[PUB_RESENT] = "resent",
	[PUB_POSTED] = "control_published",
	[PUB_POSTS_DROPPED] = "control_dropped",
	[PUB_CONNECTIONS] = "connections",
	[PUB_DISCONNECTED_MS] = "disconnected_ms",
};
static const char *const consumer_names[CONSUMER_COUNTERS] = {
	[CON_RECEIVED] = "received",
	[CON_OCTETS] = "octets",
	[CON_TOO_LONG] = "rejected_too_long",
	[CON_FOREIGN_KEY] = "rejected_foreign_key",
	[CON_FOREIGN_USER] = "rejected_foreign_user",
	[CON_DUPLICATES] = "duplicates",
	[CON_LOST_ON_BUS] = "lost_on_bus",
	[CON_CONNECTIONS] = "connections",
	[CON_DISCONNECTED_MS] = "disconnected_ms",
};

static bool is_publisher(const struct bus *b)
{
	return b->config.role == BUS_PUBLISHER;
}

static void *checked(void *made)
{
	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

static void make_counters(struct bus *b)
{
	const char *const *names = is_publisher(b) ? publisher_names : consumer_names;
	unsigned count = is_publisher(b) ? PUBLISHER_COUNTERS : CONSUMER_COUNTERS;
	char section[64];

	b->counters = checked(calloc(count, sizeof *b->counters));
	for (unsigned i = 0; i < count; i++)
		b->counters[i].name = names[i];
	snprintf(section, sizeof section, "bus_%s", b->config.direction);
	stats_register(checked(strdup(section)), b->counters, count);
}

struct bus *bus_new(const struct bus_config *config)
{
	struct bus *b = checked(calloc(1, sizeof *b));

	/* An attempt that was left behind may still use OpenSSL while exit(3) runs: it must not
	 * clean up under it. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
	b->config = *config;
	b->max_message = config->max_message ? config->max_message : DEFAULT_MAX_MESSAGE;
	if (bus_options.max_message)
		b->max_message = (size_t)bus_options.max_message;
	if (config->queue_count > BUS_QUEUES_MAX)
		die(EXIT_RUNNING, "more than %d queues on one connection", BUS_QUEUES_MAX);
	make_counters(b);
	if (is_publisher(b))
		b->ids = checked(bus_ids_new());
	else
		b->seen = checked(bus_seen_new());
	if (config->kept)
		b->kept = checked(bus_kept_new(config->kept_octets ? config->kept_octets
		                                                   : DEFAULT_KEPT_OCTETS,
		                               config->store));
	if (config->store) {
		b->store = config->store;
		b->on_disk_only = b->store->count;
		stats_set(&b->counters[PUB_RESTORED], b->store->count);
	}
	b->event_fd = event_open();
	pthread_mutex_init(&b->lock, NULL);
	b->posted_end = &b->posted;
	b->socket = -1;
	b->closed_since = monotonic_ns();
	bus_session();
	b->next = all_buses;
	all_buses = b;
	return b;
}

/* --- stuck calls --- */

void bus_busy(struct bus *b)
{
	atomic_store_explicit(&b->busy_since, monotonic_ns(), memory_order_relaxed);
}

void bus_idle(struct bus *b)
{
	atomic_store_explicit(&b->busy_since, 0, memory_order_relaxed);
}

static void end_call(struct bus *b)
{
	pthread_mutex_lock(&b->lock);
	if (b->socket >= 0)
		shutdown(b->socket, SHUT_RDWR);
	pthread_mutex_unlock(&b->lock);
}

void bus_interrupt(void *bus)
{
	struct bus *b = bus;

	atomic_store(&b->ending, true);
	end_call(b);
}

/* Octets that the peer's TCP has not taken. */
static int octets_underway(struct bus *b)
{
	int octets = 0;

	pthread_mutex_lock(&b->lock);
	if (b->socket >= 0 && ioctl(b->socket, SIOCOUTQ, &octets) < 0)
		octets = 0;
	pthread_mutex_unlock(&b->lock);
	return octets;
}

void bus_watch(void *bus)
{
	struct bus *b = bus;
	int64_t since = atomic_load(&b->busy_since), now = monotonic_ns();
	/* Seen twice a second only: the peer may have been dead for so long before the call began
	 * to count, and again at the end. */
	int64_t patience = (2 * (int64_t)bus_options.heartbeat - 1) * 1000 * MS;
	int underway = octets_underway(b);

	/* A slow line is no dead one: as long as it moves, a publish may take its time. */
	if (underway != b->underway || since > b->moved_at)
		b->moved_at = now;
	b->underway = underway;
	if (since && now - b->moved_at > patience)
		end_call(b);
}

static void set_socket(struct bus *b, int socket)
{
	pthread_mutex_lock(&b->lock);
	b->socket = socket;
	pthread_mutex_unlock(&b->lock);
}

/* --- losing and finding the broker --- */

static const char *shown_url(const struct bus *b)
{
	return bus_node(b->node)->shown;
}

/* Doubles from 0.2 s to 1 s in an outage's first minute, then to 30 s; a random part keeps many
 * agents from calling in step. */
static int64_t back_off_ns(struct bus *b)
{
	int64_t outage = monotonic_ns() - b->closed_since;
	int64_t limit = outage < 60000 * (int64_t)MS ? 1000 * (int64_t)MS : 30000 * (int64_t)MS;
	uint32_t random = 0;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		random = 0x80000000u;
	b->back_off = b->back_off ? 2 * b->back_off : 200 * (int64_t)MS;
	if (b->back_off > limit)
		b->back_off = limit;
	return b->back_off / 2 + (int64_t)((double)b->back_off / 2 * random / 4294967296.0);
}

static void say_failure(struct bus *b, const char *why)
{
	/* Once for each reason: a night without the broker must not fill a disk. */
	if (strcmp(b->last_why, why) != 0)
		log_warning("%s: %s: %s; trying again", shown_url(b), b->config.direction, why);
	else
		log_info("%s: %s: %s; trying again", shown_url(b), b->config.direction, why);
	snprintf(b->last_why, sizeof b->last_why, "%s", why);
}

/* What ends one direction of a tool mostly ends the other at the same moment: it is said once. */
static void say_end(const char *url, const char *why, const char *hint)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char said[BUS_WHY_SIZE];

	pthread_mutex_lock(&lock);
	if (strcmp(said, why) != 0)
		log_error("%s: %s%s", url, why, hint);
	snprintf(said, sizeof said, "%s", why);
	pthread_mutex_unlock(&lock);
}

static void fail(struct bus *b, bool refused, const char *why)
{
	bool gave_up = bus_options.retries >= 0 && b->failures >= (uint64_t)bus_options.retries;

	b->state = BUS_CLOSED;
	if (atomic_load(&b->ending)) {
		b->status = BUS_FAILED;
		return;
	}
	if (refused || gave_up) {
		say_end(shown_url(b), why, refused ? "" : " (no more tries: --retry)");
		b->status = refused ? BUS_REFUSED : BUS_FAILED;
		return;
	}
	say_failure(b, why);
	b->failures++;
	b->node = (b->node + 1) % bus_node_count();
	/* The other nodes of a cluster are tried at once; only a whole round that failed is worth
	 * waiting for. */
	bool more_nodes = b->failures % bus_node_count() != 0;
	b->retry_at = monotonic_ns() + (more_nodes ? 0 : back_off_ns(b));
}

static void drop_connection(struct bus *b)
{
	set_socket(b, -1);
	amqp_destroy_connection(b->link.connection);
	b->link = (struct bus_link){0};
	b->blocked = false;
	b->incoming.expect = EXPECT_METHOD;
	b->ack_tag = b->acks_due = 0;
	if (is_publisher(b))
		bus_publisher_lost(b);
}

void bus_lose(struct bus *b, bool refusal, const char *why)
{
	/* A publisher learns what it may not publish only when it does. What has worked for a while
	 * was allowed. */
	bool unproved = b->generation == 1 && monotonic_ns() - b->opened_at < (int64_t)2000 * MS;

	drop_connection(b);
	b->closed_since = monotonic_ns();
	b->failures = 0;
	b->back_off = 0;
	b->last_why[0] = '\0';
	fail(b, refusal && unproved, why);
}

void bus_lose_status(struct bus *b, const char *doing, int status)
{
	char why[BUS_WHY_SIZE];

	snprintf(why, sizeof why, "connection lost while %s: %s", doing,
	         amqp_error_string2(status));
	bus_lose(b, false, why);
}

static void start_attempt(struct bus *b)
{
	b->attempt = bus_attempt_start(&b->config, bus_node(b->node), b->event_fd);
	if (b->attempt)
		b->state = BUS_CONNECTING;
	else
		fail(b, false, "cannot start to connect");
}

static void note_open(struct bus *b)
{
	int64_t now = monotonic_ns();
	uint64_t away_ms = (uint64_t)((now - b->closed_since) / MS);

	b->generation++;
	b->opened_at = now;
	stats_add(&b->counters[is_publisher(b) ? PUB_CONNECTIONS : CON_CONNECTIONS], 1);
	stats_add(&b->counters[is_publisher(b) ? PUB_DISCONNECTED_MS : CON_DISCONNECTED_MS],
	          away_ms);
	if (b->generation > 1 || b->failures)
		log_warning("%s: %s: connected after %llu.%llu s", shown_url(b),
		            b->config.direction, (unsigned long long)away_ms / 1000,
		            (unsigned long long)away_ms / 100 % 10);
	else
		log_info("%s: %s: connected", shown_url(b), b->config.direction);
	b->failures = 0;
	b->back_off = 0;
	b->last_why[0] = '\0';
}

static void finish_attempt(struct bus *b)
{
	struct bus_link link;
	enum bus_fault fault;
	char why[BUS_WHY_SIZE];

	if (!bus_attempt_take(b->attempt, &link, &fault, why))
		return;
	b->attempt = NULL;
	if (fault != BUS_FAULT_NONE) {
		/* A broker that is starting refuses for seconds: a refusal is final only before the
		 * first success. */
		fail(b, fault == BUS_FAULT_REFUSAL && b->generation == 0, why);
		return;
	}
	b->link = link;
	b->state = BUS_OPEN;
	set_socket(b, link.socket);
	note_open(b);
	if (is_publisher(b))
		bus_publisher_opened(b);
}

/* --- frames --- */

static bool concerns_connection(struct bus *b, const amqp_frame_t *frame)
{
	char why[BUS_WHY_SIZE];
	bool refusal;

	if (frame->frame_type != AMQP_FRAME_METHOD)
		return frame->channel == 0;
	switch (frame->payload.method.id) {
	case AMQP_CONNECTION_BLOCKED_METHOD:
		b->blocked = true;
		log_warning("%s: the broker takes no messages at the moment (memory or disk alarm)",
		            shown_url(b));
		return true;
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		b->blocked = false;
		log_warning("%s: the broker takes messages again", shown_url(b));
		return true;
	case AMQP_CONNECTION_CLOSE_METHOD:
	case AMQP_CHANNEL_CLOSE_METHOD:
		refusal = bus_explain_close(&frame->payload.method, why);
		b->nameless |= strncmp(why, "406", 3) == 0 && strstr(why, "user_id");
		bus_lose(b, refusal, why);
		return true;
	case AMQP_BASIC_CANCEL_METHOD:
		bus_lose(b, false, "the broker cancelled the consumer (its queue was deleted)");
		return true;
	default:
		return frame->channel == 0;
	}
}

int bus_read_frame(struct bus *b, amqp_frame_t *frame)
{
	struct timeval at_once = {0, 0};

	for (;;) {
		bus_busy(b);
		int status = amqp_simple_wait_frame_noblock(b->link.connection, frame, &at_once);
		bus_idle(b);
		if (status == AMQP_STATUS_TIMEOUT)
			return 0;
		if (status != AMQP_STATUS_OK) {
			bus_lose_status(b, "reading", status);
			return -1;
		}
		if (!concerns_connection(b, frame))
			return 1;
		if (b->state != BUS_OPEN)
			return -1;
	}
}

static void copy_text(char out[BUS_KEY_SIZE], amqp_bytes_t text)
{
	size_t n = text.len < BUS_KEY_SIZE - 1 ? text.len : BUS_KEY_SIZE - 1;

	if (n)
		memcpy(out, text.bytes, n);
	out[n] = '\0';
}

static void begin_message(struct bus_incoming *in, const amqp_method_t *method)
{
	in->message = (struct bus_message){0};
	in->is_return = method->id == AMQP_BASIC_RETURN_METHOD;
	if (in->is_return) {
		in->expect = EXPECT_HEADER;
		copy_text(in->key, ((const amqp_basic_return_t *)method->decoded)->routing_key);
	} else if (method->id == AMQP_BASIC_DELIVER_METHOD) {
		const amqp_basic_deliver_t *d = method->decoded;
		char queue[BUS_KEY_SIZE];

		in->expect = EXPECT_HEADER;
		copy_text(in->key, d->routing_key);
		copy_text(queue, d->consumer_tag);
		in->message.queue = (unsigned)strtoul(queue, NULL, 10);
		in->message.delivery_tag = d->delivery_tag;
		in->message.redelivered = d->redelivered;
		in->message.key_length = d->routing_key.len;
	}
}

static void take_properties(struct bus_incoming *in, const amqp_basic_properties_t *p)
{
	bool has_type = p->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG,
	     has_id = p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG;
	bool has_user = p->_flags & AMQP_BASIC_USER_ID_FLAG;

	copy_text(in->content_type, has_type ? p->content_type : amqp_empty_bytes);
	copy_text(in->message_id, has_id ? p->message_id : amqp_empty_bytes);
	copy_text(in->user, has_user ? p->user_id : amqp_empty_bytes);
	if (p->_flags & AMQP_BASIC_TIMESTAMP_FLAG && p->timestamp < INT64_MAX / 1000000000)
		in->message.time_ns = (int64_t)p->timestamp * 1000000000;
}

static void add_body(struct bus *b, amqp_bytes_t part)
{
	struct bus_incoming *in = &b->incoming;

	if (!in->discard && part.len == in->size)
		in->message.body = part.bytes;
	else if (!in->discard && part.len <= in->size - in->arrived) {
		memcpy(in->assembled + in->arrived, part.bytes, part.len);
		in->message.body = in->assembled;
	}
	in->arrived += part.len;
}

static int finish_message(struct bus_incoming *in)
{
	in->expect = EXPECT_METHOD;
	in->message.length = (size_t)in->size;
	in->message.key = in->key;
	in->message.content_type = in->content_type;
	in->message.message_id = in->message_id;
	return 1;
}

int bus_step_message(struct bus *b, const amqp_frame_t *frame)
{
	struct bus_incoming *in = &b->incoming;
	uint8_t type = frame->frame_type;

	if (type == AMQP_FRAME_METHOD && in->expect == EXPECT_METHOD) {
		begin_message(in, &frame->payload.method);
		return 0;
	}
	if (type == AMQP_FRAME_HEADER && in->expect == EXPECT_HEADER) {
		in->size = frame->payload.properties.body_size;
		in->arrived = 0;
		in->discard = in->is_return || in->size > b->max_message;
		take_properties(in, frame->payload.properties.decoded);
		if (!in->discard && in->size > b->link.frame_max - 8 && !in->assembled)
			in->assembled = malloc(b->max_message);
		in->discard |= in->size > b->link.frame_max - 8 && !in->assembled;
		in->expect = EXPECT_BODY;
		return in->size == 0 ? finish_message(in) : 0;
	}
	if (type == AMQP_FRAME_BODY && in->expect == EXPECT_BODY) {
		add_body(b, frame->payload.body_fragment);
		if (in->arrived > in->size) {
			bus_lose(b, false, "the broker sent more of a message than it had said");
			return -1;
		}
		if (in->arrived == in->size)
			return finish_message(in);
		if (in->message.body == in->assembled || in->discard)
			bus_release_buffers(b);
		return 0;
	}
	bus_lose(b, false, "the broker sent a frame that does not belong here");
	return -1;
}

void bus_release_buffers(struct bus *b)
{
	amqp_maybe_release_buffers_on_channel(b->link.connection, BUS_CHANNEL);
}

/* --- the owner's loop --- */

static bool has_buffered(const struct bus *b)
{
	return amqp_frames_enqueued(b->link.connection) || amqp_data_in_buffer(b->link.connection);
}

static void lower(int *timeout_ms, int64_t wanted)
{
	if (wanted < 0)
		wanted = 0;
	if (*timeout_ms < 0 || wanted < *timeout_ms)
		*timeout_ms = (int)wanted;
}

static void lower_if_any(int *timeout_ms, int wanted)
{
	if (wanted >= 0)
		lower(timeout_ms, wanted);
}

int bus_prepare(struct bus *b, struct pollfd *fds, int *timeout_ms)
{
	fds[0] = (struct pollfd){b->event_fd, POLLIN, 0};
	if (b->store)
		lower_if_any(timeout_ms, b->store->work(b->store, false));
	if (b->state == BUS_CLOSED)
		lower(timeout_ms, (b->retry_at - monotonic_ns()) / MS + 1);
	if (b->state != BUS_OPEN)
		return 1;
	if (is_publisher(b))
		bus_flush(b);
	else
		bus_flush_acks(b);
	if (b->state != BUS_OPEN)
		return bus_prepare(b, fds, timeout_ms);
	if (has_buffered(b))
		lower(timeout_ms, 0);
	if (is_publisher(b) && !b->blocked)
		lower_if_any(timeout_ms, bus_publisher_wait_ms(b));
	/* The library sends heartbeats and misses the peer's, if somebody calls it then. */
	if (b->link.heartbeat)
		lower(timeout_ms, (int64_t)b->link.heartbeat * 50);
	fds[1] = (struct pollfd){b->link.socket, POLLIN, 0};
	return 2;
}

int bus_work(struct bus *b)
{
	event_drain(b->event_fd);
	if (b->status != BUS_OK)
		return b->status;
	if (b->state == BUS_CONNECTING)
		finish_attempt(b);
	else if (b->state == BUS_CLOSED && monotonic_ns() >= b->retry_at)
		start_attempt(b);
	if (b->state == BUS_OPEN && is_publisher(b))
		bus_publisher_work(b);
	return b->status;
}

bool bus_is_open(const struct bus *b)
{
	return b->state == BUS_OPEN && !b->blocked;
}

uint64_t bus_generation(const struct bus *b)
{
	return b->generation;
}

/* --- the end --- */

/* Without an answer of its own: the one to the closing comes when this is done. A broker that has
 * not got to it by the time we must go may still do it, or find the connection gone first and not
 * do it. */
static bool ask_for_deletion(struct bus *b)
{
	bool any = false;

	for (unsigned i = 0; i < b->config.queue_count; i++) {
		const struct bus_queue *q = &b->config.queues[i];
		amqp_queue_delete_t request = {.queue = amqp_cstring_bytes(q->name), .nowait = 1};

		if (q->kind != BUS_KEPT)
			continue;
		amqp_send_method(b->link.connection, BUS_CHANNEL, AMQP_QUEUE_DELETE_METHOD,
		                 &request);
		any = true;
	}
	return any;
}

static void say_left_behind(const struct bus *b, const char *why)
{
	for (unsigned i = 0; i < b->config.queue_count; i++)
		if (b->config.queues[i].kind == BUS_KEPT)
			log_warning("%s: %s the queue %s; unused, it expires after an hour",
			            shown_url(b), why, b->config.queues[i].name);
}

/* The library's own call would hold on to all that still comes, which may be hundreds of megabytes.
 */
static bool is_close_answered(struct bus *b, int64_t until)
{
	amqp_frame_t frame;

	for (;;) {
		int64_t left = until - monotonic_ns();
		struct timeval limit = {left / (1000 * MS), left / 1000 % 1000000};

		if (left <= 0 || amqp_simple_wait_frame_noblock(b->link.connection, &frame,
		                                                &limit) != AMQP_STATUS_OK)
			return false;
		if (frame.frame_type == AMQP_FRAME_METHOD &&
		    frame.payload.method.id == AMQP_CONNECTION_CLOSE_OK_METHOD)
			return true;
		bus_release_buffers(b);
	}
}

static void close_politely(struct bus *b)
{
	if (!is_publisher(b))
		bus_flush_acks(b);
	if (b->state != BUS_OPEN)
		return;
	bus_flush(b);
	bus_busy(b);
	bool deletes = ask_for_deletion(b);
	amqp_connection_close_t closing = {.reply_code = AMQP_REPLY_SUCCESS};
	bool closed = amqp_send_method(b->link.connection, 0, AMQP_CONNECTION_CLOSE_METHOD,
	                               &closing) == AMQP_STATUS_OK &&
	              is_close_answered(b, monotonic_ns() +
	                                           (deletes ? DELETE_MS : CLOSE_MS) * (int64_t)MS);
	bus_idle(b);
	if (deletes && !closed)
		say_left_behind(b, "the broker has not said that it deleted");
	drop_connection(b);
	b->state = BUS_CLOSED;
}

static void wait_for_confirms(struct bus *b)
{
	int64_t until = monotonic_ns() + 400 * (int64_t)MS;

	while (bus_pending(b) && b->state == BUS_OPEN && !b->blocked && monotonic_ns() < until) {
		struct pollfd fds[BUS_FDS];
		int timeout = (int)((until - monotonic_ns()) / MS) + 1;
		int n = bus_prepare(b, fds, &timeout);

		poll(fds, (nfds_t)n, timeout);
		if (bus_work(b) != BUS_OK)
			break;
	}
}

void bus_close(struct bus *b)
{
	if (b->attempt)
		bus_attempt_abandon(b->attempt);
	b->attempt = NULL;
	if (b->state == BUS_OPEN && is_publisher(b))
		wait_for_confirms(b);
	if (b->state == BUS_OPEN)
		close_politely(b);
	else if (b->generation)
		say_left_behind(b, "there is no connection to delete");
	size_t pending = is_publisher(b) ? bus_pending(b) : 0;
	if (pending)
		log_warning("%s: %zu messages were not confirmed by the broker%s", shown_url(b),
		            pending, b->store ? ": they stay in the spool for the next run" : "");
	if (b->store)
		b->store->close(b->store);
	b->store = NULL;
	b->status = b->status ? b->status : BUS_FAILED;
}
