/* A broker's octets through a whole consumer (login, queues, messages, packets, control) and a
 * whole publisher (confirms, refusals, returns), over a socket pair. The first octet of an input
 * chooses: 1: from the login on, 2: the publisher, 4: the rest are octets as they come; else they
 * are a list of frames, (kind, length, content), whose lengths and ends are right. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For its struct: the connection is given to it. Its counters have the names of a publisher's. */
#define COUNTERS        CONSUMER_COUNTERS
#define OCTETS          CONSUMER_OCTETS
#define CONNECTIONS     CONSUMER_CONNECTIONS
#define DISCONNECTED_MS CONSUMER_DISCONNECTED_MS
#include "bus/consumer.h"
#include "bus/consumer_internal.h"
#undef COUNTERS
#undef OCTETS
#undef CONNECTIONS
#undef DISCONNECTED_MS

#include <amqp_tcp_socket.h>

#include "agent/decode.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "bus/login.h"
#include "bus/publisher.h"
#include "bus/publisher_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);
const char *__asan_default_options(void);

enum { FROM_LOGIN = 1, PUBLISHER = 2, RAW = 4, SENT_MAX = 1 << 16, MESSAGES = 3 };

static const char *const data_keys[] = {"fromAgent.x.ip.tun.packet.raw", "fromAgent.x.802154.#",
                                        NULL};
static const char *const control_keys[] = {"toAgent.#", "control.#", "testingtool.#", NULL};
static const struct bus_queue queues[] = {
	{.name = "framebus.x.tun", .bindings = data_keys, .kind = BUS_LIVE},
	{.name = "framebus.x.control", .bindings = control_keys, .kind = BUS_CONTROL},
};
static const char *const sent_keys[] = {"fromAgent.x.ip.tun.packet.raw",
                                        "fromAgent.x.802154.serial.packet.raw",
                                        "toAgent.x.ip.tun.start",
                                        "toAgent.x.802154.serial.start",
                                        "control.session",
                                        "testingtool.terminate",
                                        "some.other.key"};

static struct bus_settings settings = BUS_SETTINGS_DEFAULT;
static struct consumer *consumer;
static struct publisher *publisher;
static uint8_t room[ENVELOPE_PACKET_MAX];
static struct decoder decoder = {
	.wanted = DECODE_IP | DECODE_FRAMES, .room = room, .room_size = sizeof room};

/* Memory that was freed is not kept for long: what is allocated is large. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=2";
}

static void fuzz_assert(bool holds)
{
	if (!holds)
		abort();
}

static void make_all(void)
{
	static struct why why;
	struct consumer_config in = {.settings = &settings,
	                             .direction = "downlink",
	                             .queues = queues,
	                             .queue_count = 2,
	                             .max_message = 4096};
	struct publisher_config out = {
		.settings = &settings, .direction = "uplink", .kept = true, .kept_octets = 4096};

	settings.exchange = "amq.topic";
	settings.retries.value = -1;
	settings.node_count = 1;
	fuzz_assert(url_parse(&settings.nodes[0], "amqp://u:p@h/", NULL, false, &why) == 0);
	settings.nodes[0].connect_ms = 10000;
	for (int i = 0; i < 4; i++)
		log_less();
	consumer = consumer_new(&in, &why);
	publisher = publisher_new(&out, &why);
	fuzz_assert(consumer && publisher);
	decode_register(&decoder, "downlink");
}

/* --- what the broker sends --- */

struct sent {
	uint8_t octets[SENT_MAX];
	size_t n;
};

static void put(struct sent *s, uint64_t value, unsigned octets)
{
	while (octets--)
		s->octets[s->n++] = (uint8_t)(value >> 8 * octets);
}

static void put_octets(struct sent *s, const void *octets, size_t n)
{
	memcpy(s->octets + s->n, octets, n);
	s->n += n;
}

static void put_short(struct sent *s, const char *text)
{
	put(s, strlen(text), 1);
	put_octets(s, text, strlen(text));
}

static size_t begin_frame(struct sent *s, uint8_t type, uint16_t channel)
{
	put(s, type, 1);
	put(s, channel, 2);
	put(s, 0, 4);
	return s->n;
}

static void end_frame(struct sent *s, size_t start)
{
	size_t end = s->n;

	s->n = start - 4;
	put(s, end - start, 4);
	s->n = end;
	put(s, AMQP_FRAME_END, 1);
}

static void put_method(struct sent *s, uint32_t id, const uint8_t *arguments, size_t n)
{
	size_t start = begin_frame(s, AMQP_FRAME_METHOD, id >> 16 == 10 ? 0 : 1);

	put(s, id, 4);
	put_octets(s, arguments, n);
	end_frame(s, start);
}

static void put_body(struct sent *s, const uint8_t *octets, size_t n)
{
	size_t start = begin_frame(s, AMQP_FRAME_BODY, 1);

	put_octets(s, octets, n);
	end_frame(s, start);
}

static void put_header(struct sent *s, uint64_t size, const uint8_t *properties, size_t n)
{
	size_t start = begin_frame(s, AMQP_FRAME_HEADER, 1);

	put(s, AMQP_BASIC_CLASS, 2);
	put(s, 0, 2);
	put(s, size, 8);
	put_octets(s, properties, n);
	end_frame(s, start);
}

/* A whole message, its body in one frame or in two. */
static void put_message(struct sent *s, uint8_t which, bool returned, const uint8_t *octets,
                        size_t n)
{
	const char *key = sent_keys[which % (sizeof sent_keys / sizeof *sent_keys)];
	size_t start = begin_frame(s, AMQP_FRAME_METHOD, 1), first = which & 0x80 ? n / 2 : n;

	put(s, returned ? AMQP_BASIC_RETURN_METHOD : AMQP_BASIC_DELIVER_METHOD, 4);
	if (returned) {
		put(s, 312, 2);
		put_short(s, "NO_ROUTE");
	} else {
		put_short(s, which & 0x40 ? "1" : "0");
		put(s, 1, 8);
		put(s, 0, 1);
	}
	put_short(s, "amq.topic");
	put_short(s, key);
	end_frame(s, start);
	put_header(s, n, (const uint8_t *)"\0", 2);
	put_body(s, octets, first);
	if (first < n)
		put_body(s, octets + first, n - first);
}

static void put_frame(struct sent *s, uint8_t kind, const uint8_t *octets, size_t n)
{
	static const uint32_t ids[] = {
		AMQP_CONNECTION_START_METHOD,   AMQP_CONNECTION_TUNE_METHOD,
		AMQP_CONNECTION_OPEN_OK_METHOD, AMQP_CONNECTION_CLOSE_METHOD,
		AMQP_CONNECTION_BLOCKED_METHOD, AMQP_CONNECTION_UNBLOCKED_METHOD,
		AMQP_CHANNEL_OPEN_OK_METHOD,    AMQP_CHANNEL_CLOSE_METHOD,
		AMQP_QUEUE_DECLARE_OK_METHOD,   AMQP_QUEUE_BIND_OK_METHOD,
		AMQP_BASIC_QOS_OK_METHOD,       AMQP_BASIC_CONSUME_OK_METHOD,
		AMQP_BASIC_CANCEL_METHOD,       AMQP_BASIC_RETURN_METHOD,
		AMQP_BASIC_DELIVER_METHOD,      AMQP_BASIC_ACK_METHOD,
		AMQP_BASIC_NACK_METHOD,         AMQP_CONFIRM_SELECT_OK_METHOD,
	};
	enum { IDS = sizeof ids / sizeof *ids };

	if (kind < IDS)
		put_method(s, ids[kind], octets, n);
	else if (kind == 0x20)
		put_header(s, n ? octets[0] : 0, octets + (n > 0), n - (n > 0));
	else if (kind == 0x21)
		put_body(s, octets, n);
	else if (kind == 0x22)
		end_frame(s, begin_frame(s, AMQP_FRAME_HEARTBEAT, 0));
	else if (kind == 0x23)
		put_octets(s, octets, n);
	else if (kind >= 0x40)
		put_message(s, kind & ~0x20, kind & 0x20, octets, n);
}

static void make_sent(struct sent *s, uint8_t mode, const uint8_t *in, size_t n)
{
	s->n = 0;
	if (mode & RAW) {
		put_octets(s, in, n < 8192 ? n : 8192);
		return;
	}
	while (n >= 2 && s->n < SENT_MAX / 2) {
		size_t length = in[1] < n - 2 ? in[1] : n - 2;

		put_frame(s, in[0], in + 2, length);
		in += 2 + length;
		n -= 2 + length;
	}
}

/* --- what is made of it --- */

static struct link open_link(const struct sent *s)
{
	struct link link = {.connection = amqp_new_connection(), .host = "h", .frame_max = 4096};
	int ends[2];

	fuzz_assert(link.connection && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	amqp_tcp_socket_set_sockfd(amqp_tcp_socket_new(link.connection), ends[0]);
	link.socket = ends[0];
	link.wire = wire_new(link.socket, NULL);
	fuzz_assert(link.wire && send(ends[1], s->octets, s->n, 0) == (ssize_t)s->n);
	shutdown(ends[1], SHUT_WR);
	/* What is sent to a peer that has gone is an error at once. */
	close(ends[1]);
	wire_begin_setup(link.wire, 10000, WIRE_SETUP_OCTETS);
	return link;
}

static bool set_up(struct link *link, struct session *s)
{
	static const amqp_table_t none = {0, NULL};
	const struct login l = {&settings.nodes[0], &none, "p"};
	struct failure failure;

	return login(link, &l, &failure) == 0 &&
	       link_open_channel(link, "opening a channel", &failure) == 0 &&
	       s->request.build(link, s->request.context, &failure) == 0;
}

/* True: it is connected. */
static bool connect_session(struct session *s, uint8_t mode, const struct sent *sent)
{
	struct link link = open_link(sent);

	if (mode & FROM_LOGIN && !set_up(&link, s)) {
		link_discard(&link);
		return false;
	}
	wire_tune(link.wire, link.frame_max, 0);
	s->link = link;
	s->state = SESSION_CONNECTED;
	s->generation++;
	s->opened_at = monotonic_ns();
	return true;
}

static void forget_session(struct session *s)
{
	if (session_is_connected(s))
		session_drop(s);
	s->status = EXIT_OK;
	s->trouble_since = 0;
	s->repeats_itself = false;
	s->omit_user_id = false;
	s->close_code = 0;
}

static void use(const struct bus_message *m)
{
	static struct envelope_control control;
	struct envelope_gso_packet p;
	struct envelope_fault fault;
	struct envelope_key key;
	int outcome;

	fuzz_assert(strlen(m->key) == m->key_length && m->queue < 2 && m->length <= 4096);
	if (envelope_key_parse(&key, m->key, m->key_length) < 0)
		return;
	if (m->queue == 1) {
		envelope_control_parse(&control, &key, (const char *)m->body, m->length, &fault);
		return;
	}
	decode_begin(&decoder, m, ENVELOPE_LINK_RAW);
	while ((outcome = decode_next(&decoder, &p)) != 0)
		fuzz_assert(outcome < 0 || p.octets || p.packet.length <= ENVELOPE_PACKET_MAX);
}

static void run_consumer(uint8_t mode, const struct sent *sent)
{
	struct session *s = &consumer->session;
	struct bus_message m;

	sequences_in_free(consumer->wanted.sequences);
	consumer->wanted.sequences = sequences_in_new();
	incoming_reset(&consumer->incoming);
	acks_reset(&consumer->acks);
	if (!connect_session(s, mode, sent))
		return;
	while (session_is_connected(s))
		if (consumer_next(consumer, &m) > 0)
			use(&m);
	forget_session(s);
}

static uint64_t value(enum publisher_counters counter)
{
	return stats_get(&publisher->counters[counter]);
}

static void check_sum(void)
{
	fuzz_assert(value(PUBLISHED) ==
	            value(CONFIRMED) + value(RETURNED) + value(REFUSED) + value(PENDING));
}

static void run_publisher(uint8_t mode, const struct sent *sent)
{
	struct unconfirmed *u = publisher->kept.unconfirmed;
	struct session *s = &publisher->session;
	struct kept_message left;

	publisher->without_own_keys = false;
	if (!connect_session(s, mode, sent))
		return;
	publisher_reset(publisher);
	for (unsigned i = 0; i < MESSAGES; i++)
		publisher_publish(publisher,
		                  &(struct bus_publication){.key = i ? sent_keys[0] : "framebus.x",
		                                            .content_type = "application/json",
		                                            .body = "{}",
		                                            .length = 2,
		                                            .units = 1});
	while (session_is_connected(s))
		publisher_read_answers(publisher);
	check_sum();
	forget_session(s);
	kept_reset(&publisher->kept, 0);
	while (unconfirmed_next(u, &left)) {
		unconfirmed_drop_next(u, &left);
		publisher_count(publisher, REFUSED, 1);
	}
	kept_show_pending(&publisher->kept);
	check_sum();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	static struct sent sent;

	if (!consumer)
		make_all();
	if (n == 0)
		return 0;
	make_sent(&sent, in[0], in + 1, n - 1);
	if (in[0] & PUBLISHER)
		run_publisher(in[0], &sent);
	else
		run_consumer(in[0], &sent);
	return 0;
}
