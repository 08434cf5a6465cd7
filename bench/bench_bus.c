/* What the broker session costs: messages from a publisher to a consumer through a broker, by this
 * module and by rabbitmq-c by itself making the same promise, in turn, in one run. Needs a broker:
 * -u URL. Ratios hold on one machine at one time; single figures mean little. */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/consumer.h"
#include "bus/publisher.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/clock.h"

/* What routing costs the broker depends on the key: both use the field's. */
#define LIVE_KEY(name) "framebus.tun." name
#define OLD_KEY(name)  "fromAgent." name ".ip.tun.packet.raw"
#define KEPT_KEY(name) "fromAgent." name ".802154.serial.packet.raw"

/* Unconfirmed messages are to be had again: both bound them by octets alike, this module by
 * itself. */
enum {
	ROUNDS = 5,
	CROSSINGS = 1000,
	QUEUE_OCTETS = 1 << 30,
	KEPT_OCTETS = 16 << 20,
	WINDOW = 8192
};

static struct settings {
	uint64_t milliseconds;
	bool live_only;
	struct bus_settings bus;
} settings;
static const struct option_spec specs[] = {
	{SECTION_OUTPUT, 0, "live", NULL, OPTION_FLAG(struct settings, live_only),
         .help = "the live promise only"},
	{SECTION_OUTPUT, 't', "time", "MS",
         OPTION_UNSIGNED(struct settings, milliseconds, 50, 60000), .standard = "1000",
         .help = "about how long each measurement takes"},
	{.name = NULL},
};

/* --- one measurement: count messages of size octets, kept or live; lockstep: one at a time --- */

struct run {
	uint64_t count;
	size_t size;
	bool kept, lockstep;
	bool old_key, mandatory; /* bare, live */
	sem_t ready, received;
	int64_t started, ended;
	double *crossings_us; /* lockstep */
};

static uint8_t body[1 << 17];

static void consumed(struct run *r, uint64_t n)
{
	if (r->lockstep)
		sem_post(&r->received);
	if (n == r->count)
		r->ended = monotonic_ns();
}

static void before_publish(struct run *r, uint64_t n)
{
	if (n == 0)
		r->started = monotonic_ns();
	if (r->lockstep)
		r->crossings_us[n] = (double)monotonic_ns();
}

static void after_publish(struct run *r, uint64_t n)
{
	if (!r->lockstep)
		return;
	sem_wait(&r->received);
	r->crossings_us[n] = ((double)monotonic_ns() - r->crossings_us[n]) / 1000;
}

/* --- rabbitmq-c by itself, used as its examples use it --- */

static void check(amqp_rpc_reply_t reply, const char *doing)
{
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		die(EXIT_RUNNING, "%s failed", doing);
}

static amqp_connection_state_t direct_open(void)
{
	const struct bus_node *node = &settings.bus.nodes[0];
	amqp_connection_state_t c = amqp_new_connection();

	if (amqp_socket_open(amqp_tcp_socket_new(c), node->host, node->port) != AMQP_STATUS_OK)
		die(EXIT_RUNNING, "cannot connect to %s", node->shown);
	check(amqp_login(c, node->vhost, 1, 131072, 10, AMQP_SASL_METHOD_PLAIN, node->user,
	                 node->password),
	      "login");
	amqp_channel_open(c, 1);
	check(amqp_get_rpc_reply(c), "channel");
	return c;
}

static const char *direct_key(const struct run *r)
{
	if (r->kept)
		return KEPT_KEY("direct");
	return r->old_key ? OLD_KEY("direct") : LIVE_KEY("direct");
}

static void direct_topology(amqp_connection_state_t c, const struct run *r)
{
	bool kept = r->kept;
	amqp_table_entry_t live = {
		.key = amqp_cstring_bytes("x-max-length-bytes"),
		.value = {.kind = AMQP_FIELD_KIND_I64, .value.i64 = QUEUE_OCTETS}};
	amqp_table_entry_t quorum = {.key = amqp_cstring_bytes("x-queue-type"),
	                             .value = {.kind = AMQP_FIELD_KIND_UTF8,
	                                       .value.bytes = amqp_cstring_bytes("quorum")}};
	amqp_table_t arguments = {1, kept ? &quorum : &live};
	amqp_bytes_t name = amqp_cstring_bytes("framebus.bench.direct");

	amqp_basic_qos(c, 1, 0, 1000, 0);
	check(amqp_get_rpc_reply(c), "qos");
	amqp_queue_declare(c, 1, name, 0, kept, !kept, !kept, arguments);
	check(amqp_get_rpc_reply(c), "declare");
	amqp_queue_bind(c, 1, name, amqp_cstring_bytes(settings.bus.exchange),
	                amqp_cstring_bytes(direct_key(r)), amqp_empty_table);
	check(amqp_get_rpc_reply(c), "bind");
	amqp_basic_consume(c, 1, name, amqp_empty_bytes, 0, !kept, 0, amqp_empty_table);
	check(amqp_get_rpc_reply(c), "consume");
}

static void *direct_consume(void *context)
{
	struct run *r = context;
	amqp_connection_state_t c = direct_open();
	amqp_envelope_t envelope;

	direct_topology(c, r);
	sem_post(&r->ready);
	for (uint64_t n = 1; n <= r->count; n++) {
		amqp_maybe_release_buffers(c);
		check(amqp_consume_message(c, &envelope, NULL, 0), "consume");
		if (r->kept && (n % 100 == 0 || n == r->count || r->lockstep))
			amqp_basic_ack(c, 1, envelope.delivery_tag, 1);
		amqp_destroy_envelope(&envelope);
		consumed(r, n);
	}
	amqp_queue_delete(c, 1, amqp_cstring_bytes("framebus.bench.direct"), 0, 0);
	amqp_connection_close(c, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(c);
	return NULL;
}

/* Takes the confirms that are there; waits for one where too many are due. */
static uint64_t direct_confirms(amqp_connection_state_t c, uint64_t confirmed, uint64_t published,
                                uint64_t window)
{
	amqp_frame_t frame;
	struct timeval none = {0, 0};

	for (;;) {
		int status = amqp_simple_wait_frame_noblock(
			c, &frame, published - confirmed > window ? NULL : &none);
		if (status == AMQP_STATUS_TIMEOUT)
			return confirmed;
		if (status != AMQP_STATUS_OK || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
			die(EXIT_RUNNING, "no confirm");
		const amqp_basic_ack_t *ack = frame.payload.method.decoded;
		confirmed = ack->multiple ? ack->delivery_tag : confirmed + 1;
		amqp_maybe_release_buffers(c);
	}
}

static void direct_publish(struct run *r)
{
	amqp_connection_state_t c = direct_open();
	uint64_t confirmed = 0,
		 window = KEPT_OCTETS / r->size < WINDOW ? KEPT_OCTETS / r->size : WINDOW;
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG,
		.content_type = amqp_cstring_bytes("application/octet-stream"),
		.delivery_mode = r->kept ? 2 : 1,
	};

	if (r->kept) {
		amqp_confirm_select(c, 1);
		check(amqp_get_rpc_reply(c), "confirm");
	}
	sem_wait(&r->ready);
	for (uint64_t n = 0; n < r->count; n++) {
		before_publish(r, n);
		if (amqp_basic_publish(c, 1, amqp_cstring_bytes(settings.bus.exchange),
		                       amqp_cstring_bytes(direct_key(r)), r->kept || r->mandatory,
		                       0, &p, (amqp_bytes_t){r->size, body}) != AMQP_STATUS_OK)
			die(EXIT_RUNNING, "publish failed");
		if (r->kept && n % 64 == 0)
			confirmed = direct_confirms(c, confirmed, n + 1, window);
		after_publish(r, n);
	}
	if (r->kept)
		direct_confirms(c, confirmed, r->count, 0);
	amqp_connection_close(c, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(c);
}

/* --- this module --- */

static struct publisher *publishers[2]; /* by kept */
static struct consumer *consumers[2];

static void wait_as_publisher(struct publisher *p)
{
	struct pollfd fds[BUS_FDS];
	int timeout = -1, n = publisher_prepare(p, fds, &timeout);

	poll(fds, (nfds_t)n, timeout);
	if (publisher_work(p) != EXIT_OK)
		exit(EXIT_RUNNING);
}

static void wait_as_consumer(struct consumer *c)
{
	struct pollfd fds[BUS_FDS];
	int timeout = -1, n = consumer_prepare(c, fds, &timeout);

	poll(fds, (nfds_t)n, timeout);
	if (consumer_work(c) != EXIT_OK)
		exit(EXIT_RUNNING);
}

static void *bus_consume(void *context)
{
	struct run *r = context;
	struct consumer *c = consumers[r->kept];
	struct bus_message m;
	uint64_t n = 0;

	while (!consumer_is_open(c))
		wait_as_consumer(c);
	sem_post(&r->ready);
	for (;;) {
		while (n < r->count && consumer_next(c, &m) > 0) {
			consumer_ack(c);
			consumed(r, ++n);
		}
		if (n == r->count)
			return NULL;
		wait_as_consumer(c);
	}
}

static void bus_publish_all(struct run *r)
{
	struct publisher *p = publishers[r->kept];
	struct bus_publication publication = {
		.key = r->kept ? KEPT_KEY("ours") : LIVE_KEY("ours"),
		.content_type = "application/octet-stream",
		.body = body,
		.length = r->size,
		.units = 1,
	};

	while (!publisher_is_open(p))
		wait_as_publisher(p);
	sem_wait(&r->ready);
	for (uint64_t n = 0; n < r->count; n++) {
		before_publish(r, n);
		while (publisher_publish(p, &publication) == PUBLISHER_AGAIN)
			wait_as_publisher(p);
		if (n % 64 == 0 && publisher_work(p) != EXIT_OK)
			exit(EXIT_RUNNING);
		if (r->lockstep)
			publisher_flush(p);
		after_publish(r, n);
	}
	publisher_flush(p);
	while (publisher_pending(p))
		wait_as_publisher(p);
}

static void make_sessions(bool kept)
{
	static const char *const live_keys[] = {LIVE_KEY("ours"), NULL}, *const kept_keys[] = {
										 KEPT_KEY("ours"),
										 NULL};
	static const struct bus_queue queues[] = {
		{.kind = BUS_LIVE,
	         .name = "framebus.bench.live",
	         .bindings = live_keys,
	         .max_octets = QUEUE_OCTETS},
		{.kind = BUS_KEPT,
	         .name = "framebus.bench.kept",
	         .bindings = kept_keys,
	         .expires_ms = 3600000,
	         .taken = "another bench_bus runs on this broker"},
	};

	const struct publisher_config out = {.settings = &settings.bus,
	                                     .agent = "bench",
	                                     .direction = kept ? "kept_uplink" : "live_uplink",
	                                     .kept = kept,
	                                     .kept_octets = KEPT_OCTETS};
	const struct consumer_config in = {.settings = &settings.bus,
	                                   .agent = "bench",
	                                   .direction = kept ? "kept_downlink" : "live_downlink",
	                                   .queues = &queues[kept],
	                                   .queue_count = 1};
	struct why why;

	publishers[kept] = publisher_new(&out, &why);
	consumers[kept] = publishers[kept] ? consumer_new(&in, &why) : NULL;
	if (!consumers[kept])
		die(EXIT_RUNNING, "%s", why.text);
}

/* --- measuring --- */

static int64_t measure(struct run *r, bool direct)
{
	pthread_t thread;

	sem_init(&r->ready, 0, 0);
	sem_init(&r->received, 0, 0);
	pthread_create(&thread, NULL, direct ? direct_consume : bus_consume, r);
	if (direct)
		direct_publish(r);
	else
		bus_publish_all(r);
	pthread_join(thread, NULL);
	return r->ended - r->started;
}

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static double median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, by_size);
	return values[n / 2];
}

static uint64_t fitting_count(size_t size, bool kept)
{
	struct run trial = {.count = 2000, .size = size, .kept = kept};
	int64_t ns = measure(&trial, true);
	uint64_t count = 2000 * settings.milliseconds * 1000000 / (uint64_t)ns;

	return count < 2000 ? 2000 : count;
}

static void compare_rates(size_t size, bool kept)
{
	double direct[ROUNDS], ours[ROUNDS], ratio[ROUNDS];
	uint64_t count = fitting_count(size, kept);

	for (int i = 0; i < ROUNDS; i++) {
		struct run r = {.count = count, .size = size, .kept = kept};
		direct[i] = (double)count * 1e9 / (double)measure(&r, true);
		ours[i] = (double)count * 1e9 / (double)measure(&r, false);
		ratio[i] = ours[i] / direct[i];
	}
	printf("bus %s %6zu octets: direct %9.0f messages/s, ours %9.0f, ours/direct %.2f\n",
	       kept ? "kept" : "live", size, median(direct, ROUNDS), median(ours, ROUNDS),
	       median(ratio, ROUNDS));
	fflush(stdout);
}

/* Bare against bare: what each is worth by itself. */
static void compare_ways(size_t size)
{
	double old_key[ROUNDS], plain[ROUNDS], mandatory[ROUNDS], shorter[ROUNDS], told[ROUNDS];
	uint64_t count = fitting_count(size, false);

	for (int i = 0; i < ROUNDS; i++) {
		struct run r = {.count = count, .size = size, .old_key = true};
		old_key[i] = (double)count * 1e9 / (double)measure(&r, true);
		r.old_key = false;
		plain[i] = (double)count * 1e9 / (double)measure(&r, true);
		r.mandatory = true;
		mandatory[i] = (double)count * 1e9 / (double)measure(&r, true);
		shorter[i] = plain[i] / old_key[i];
		told[i] = mandatory[i] / plain[i];
	}
	printf("bus keys %6zu octets: six words %9.0f messages/s, three %9.0f, three/six %.2f; "
	       "mandatory %9.0f, mandatory/not %.2f\n",
	       size, median(old_key, ROUNDS), median(plain, ROUNDS), median(shorter, ROUNDS),
	       median(mandatory, ROUNDS), median(told, ROUNDS));
	fflush(stdout);
}

static void compare_crossings(void)
{
	static double us[CROSSINGS];
	double direct[ROUNDS], ours[ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		struct run r = {
			.count = CROSSINGS, .size = 1400, .lockstep = true, .crossings_us = us};
		measure(&r, true);
		direct[i] = median(us, CROSSINGS);
		measure(&r, false);
		ours[i] = median(us, CROSSINGS);
		ratio[i] = ours[i] / direct[i];
	}
	printf("bus crossing, 1400 octets, median: direct %.0f us, ours %.0f us, ours/direct "
	       "%.2f\n",
	       median(direct, ROUNDS), median(ours, ROUNDS), median(ratio, ROUNDS));
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {100, 1400, 5000, 65536}, with_ways[] = {100, 1400, 65536};
	const struct option_group groups[] = {
		{specs, &settings}, {bus_specs, &settings.bus}, {NULL, NULL}};
	const struct option_usage usage = {
		.synopsis = "-u URL",
		.summary = "Compares the broker session with rabbitmq-c by itself.",
		.groups = groups,
	};

	options_parse(argc, argv, &usage);
	bus_settings_finish(&settings.bus);
	loop_open(NULL);
	for (size_t i = 0; i < sizeof with_ways / sizeof *with_ways; i++)
		compare_ways(with_ways[i]);
	for (int kept = 0; kept < (settings.live_only ? 1 : 2); kept++) {
		make_sessions(kept);
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
			compare_rates(sizes[i], kept);
		if (!kept)
			compare_crossings();
		publisher_close(publishers[kept]);
		consumer_delete_kept(consumers[kept]);
		consumer_close(consumers[kept]);
	}
	return EXIT_OK;
}
