/* What a router costs: messages from a publisher, through one queue, to a consumer, passed on in
 * between by amqp-route, and by the least program that does so with rabbitmq-c by itself: it
 * consumes with acknowledgements, publishes, and looks at nothing. In turn, in one run. Needs a
 * broker: -u URL; --router PATH. Ratios hold on one machine at one time. */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "bus/settings.h"

#define FROM_KEY "fromAgent.bench_a.ip.tun.packet.raw"
#define TO_KEY   "toAgent.bench_b.ip.tun.packet.raw"

/* WINDOW: what is on its way at one time, so that no queue drops anything; as amqp-route's bound of
 * an agent's packets, 1 000 messages, has it. */
enum { ROUNDS = 5, WINDOW = 400, PREFETCH = 512, ACK_EACH = 100 };

static struct settings {
	const char *router;
	uint64_t count;
	struct bus_settings bus;
} settings;
static const struct option_spec specs[] = {
	{SECTION_INPUT, 0, "router", "PATH", OPTION_FILE(struct settings, router),
         .standard = "build/bin/amqp-route", .help = "the router"},
	{SECTION_OUTPUT, 0, "count", "N", OPTION_UNSIGNED(struct settings, count, 1000, 10000000),
         .standard = "20000", .help = "messages of each measurement"},
	{.name = NULL},
};

static uint8_t body[1 << 17];

/* --- rabbitmq-c by itself --- */

static void check(amqp_rpc_reply_t reply, const char *doing)
{
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		die(EXIT_RUNNING, "%s failed", doing);
}

static amqp_connection_state_t open_connection(void)
{
	const struct bus_node *node = &settings.bus.nodes[0];
	amqp_connection_state_t c = amqp_new_connection();

	if (amqp_socket_open(amqp_tcp_socket_new(c), node->host, node->port) != AMQP_STATUS_OK)
		die(EXIT_RUNNING, "cannot connect to %s", node->shown);
	check(amqp_login(c, node->vhost, 1, 131072, 0, AMQP_SASL_METHOD_PLAIN, node->user,
	                 node->password),
	      "login");
	amqp_channel_open(c, 1);
	check(amqp_get_rpc_reply(c), "channel");
	return c;
}

static void close_connection(amqp_connection_state_t c)
{
	amqp_connection_close(c, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(c);
}

static void consume(amqp_connection_state_t c, const char *queue, const char *key, bool acks)
{
	amqp_bytes_t name = amqp_cstring_bytes(queue);

	amqp_queue_declare(c, 1, name, 0, 0, 1, 1, amqp_empty_table);
	check(amqp_get_rpc_reply(c), "declare");
	amqp_queue_bind(c, 1, name, amqp_cstring_bytes("amq.topic"), amqp_cstring_bytes(key),
	                amqp_empty_table);
	check(amqp_get_rpc_reply(c), "bind");
	amqp_basic_qos(c, 1, 0, PREFETCH, 0);
	check(amqp_get_rpc_reply(c), "qos");
	amqp_basic_consume(c, 1, name, amqp_empty_bytes, 0, !acks, 0, amqp_empty_table);
	check(amqp_get_rpc_reply(c), "consume");
}

static int publish(amqp_connection_state_t c, const char *key, const void *octets, size_t size)
{
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG,
		.content_type = amqp_cstring_bytes("application/json"),
		.delivery_mode = 1,
	};

	return amqp_basic_publish(c, 1, amqp_cstring_bytes("amq.topic"), amqp_cstring_bytes(key), 0,
	                          0, &p, (amqp_bytes_t){size, (void *)octets});
}

/* --- the least router, a process of its own as amqp-route is --- */

static _Noreturn void run_least(int ready)
{
	amqp_connection_state_t in = open_connection(), out = open_connection();
	amqp_envelope_t e;

	consume(in, "framebus.bench.least", FROM_KEY, true);
	if (write(ready, "x", 1) != 1)
		_exit(EXIT_RUNNING);
	for (uint64_t n = 1;; n++) {
		struct timeval moment = {0, 1000};

		amqp_maybe_release_buffers(in);
		amqp_rpc_reply_t reply = amqp_consume_message(in, &e, &moment, 0);
		if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
			n--;
			continue;
		}
		if (publish(out, TO_KEY, e.message.body.bytes, e.message.body.len) !=
		    AMQP_STATUS_OK)
			_exit(EXIT_RUNNING);
		if (n % ACK_EACH == 0)
			amqp_basic_ack(in, 1, e.delivery_tag, 1);
		amqp_destroy_envelope(&e);
	}
}

static _Noreturn void run_router(int ready, const char *url)
{
	char fd[16];

	snprintf(fd, sizeof fd, "%d", ready);
	execl(settings.router, settings.router, "-q", "-u", url, "--link", "bench_a,bench_b",
	      "--ready-fd", fd, (char *)NULL);
	_exit(EXIT_RUNNING);
}

/* Returns when it is ready. */
static pid_t start(bool least, const char *url)
{
	int ends[2];
	char octet;

	if (pipe(ends) < 0)
		die(EXIT_RUNNING, "no pipe");
	pid_t pid = fork();
	if (pid == 0 && least)
		run_least(ends[1]);
	if (pid == 0)
		run_router(ends[1], url);
	close(ends[1]);
	if (pid < 0 || read(ends[0], &octet, 1) != 1)
		die(EXIT_RUNNING, "%s does not start",
		    least ? "the least router" : settings.router);
	close(ends[0]);
	return pid;
}

/* --- measuring --- */

/* Messages a second from end to end. */
static double measure(size_t size)
{
	amqp_connection_state_t out = open_connection(), in = open_connection();
	uint64_t sent = 0, received = 0;
	amqp_envelope_t e;

	consume(in, "framebus.bench.sink", TO_KEY, false);
	int64_t began = monotonic_ns();
	while (received < settings.count) {
		while (sent < settings.count && sent - received < WINDOW) {
			if (publish(out, FROM_KEY, body, size) != AMQP_STATUS_OK)
				die(EXIT_RUNNING, "publishing failed");
			sent++;
		}
		struct timeval patience = {10, 0};
		amqp_maybe_release_buffers(in);
		check(amqp_consume_message(in, &e, &patience, 0), "waiting for what was passed on");
		amqp_destroy_envelope(&e);
		received++;
	}
	double seconds = (double)(monotonic_ns() - began) / 1e9;
	close_connection(out);
	close_connection(in);
	return (double)settings.count / seconds;
}

static double run(bool least, size_t size, const char *url)
{
	pid_t pid = start(least, url);
	double rate = measure(size);

	kill(pid, least ? SIGKILL : SIGTERM);
	waitpid(pid, NULL, 0);
	return rate;
}

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;

	return (d > 0) - (d < 0);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof *values, by_size);
	return values[ROUNDS / 2];
}

static void compare(size_t size, const char *url)
{
	double least[ROUNDS], ours[ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		least[i] = run(true, size, url);
		ours[i] = run(false, size, url);
		ratio[i] = ours[i] / least[i];
	}
	printf("route %6zu octets: rabbitmq-c %9.0f messages/s, amqp-route %9.0f, "
	       "amqp-route/rabbitmq-c %.2f\n",
	       size, median(least), median(ours), median(ratio));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {100, 1400, 6500};
	const struct option_group groups[] = {
		{specs, &settings}, {bus_specs, &settings.bus}, {NULL, NULL}};
	const struct option_usage usage = {
		.synopsis = "-u URL --router PATH",
		.summary = "Compares amqp-route with the least router on rabbitmq-c.",
		.groups = groups,
	};

	options_parse(argc, argv, &usage);
	const char *url = settings.bus.urls.item[0];
	bus_settings_finish(&settings.bus);
	signal(SIGPIPE, SIG_IGN);
	memset(body, '1', sizeof body);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		compare(sizes[i], url);
	return EXIT_OK;
}
