/* amqp-echo: answers what is published under echo.request with the same body under echo.reply. A
 * whole tool of the bus, with everything that the others have: reconnection, TLS, statistics, an
 * end within a second. */
#include "base/log.h"
#include "base/loop.h"
#include "base/stats.h"
#include "bus/consumer.h"
#include "bus/publisher.h"

static const char *const bindings[] = {"echo.request", NULL};
static const struct bus_queue queue = {
	.kind = BUS_LIVE, .name = "framebus.echo", .bindings = bindings};
static struct counter dropped = {.name = "dropped"};
static struct bus_settings settings = BUS_SETTINGS_DEFAULT;
static struct consumer *in;
static struct publisher *out;

static void answer(const struct bus_message *m)
{
	struct bus_publication p = {.key = "echo.reply",
	                            .content_type = m->content_type,
	                            .body = m->body,
	                            .length = m->length,
	                            .units = 1};

	if (publisher_publish(out, &p) == PUBLISHER_AGAIN)
		stats_add(&dropped, 1);
}

static int run(void *none)
{
	int status = EXIT_OK;

	(void)none;
	while (!loop_stopping() && status == EXIT_OK) {
		struct pollfd fds[1 + 2 * BUS_FDS] = {{loop_stop_fd(), POLLIN, 0}};
		struct bus_message m;
		int timeout = -1, n = 1;

		n += consumer_prepare(in, fds + n, &timeout);
		n += publisher_prepare(out, fds + n, &timeout);
		poll(fds, (nfds_t)n, timeout);
		if ((status = consumer_work(in)) == EXIT_OK)
			status = publisher_work(out);
		if (consumer_is_open(in) && publisher_is_open(out))
			report_ready();
		for (unsigned i = 0; i < 100 && consumer_next(in, &m) > 0; i++)
			answer(&m);
	}
	consumer_close(in);
	publisher_close(out);
	return status;
}

static void watch(void *none)
{
	(void)none;
	consumer_watch(in);
	publisher_watch(out);
}

static void interrupt(void *none)
{
	(void)none;
	consumer_interrupt(in);
	publisher_interrupt(out);
}

static void open_both(void)
{
	const struct consumer_config consumer = {.settings = &settings,
	                                         .agent = "echo",
	                                         .direction = "downlink",
	                                         .queues = &queue,
	                                         .queue_count = 1};
	const struct publisher_config publisher = {
		.settings = &settings, .agent = "echo", .direction = "uplink"};
	struct why why;

	in = consumer_new(&consumer, &why);
	out = in ? publisher_new(&publisher, &why) : NULL;
	if (!out)
		die(EXIT_RUNNING, "%s", why.text);
}

int main(int argc, char **argv)
{
	static const struct option_group groups[] = {{bus_specs, &settings}, {NULL, NULL}};
	static const struct option_usage usage = {
		.synopsis = "[-u URL]", .summary = "Answers echo.request.", .groups = groups};
	struct why why;
	struct worker worker = {.name = "echo", .run = run, .watch = watch, .interrupt = interrupt};

	options_parse(argc, argv, &usage);
	bus_settings_finish(&settings);
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	stats_register("echo", &dropped, 1);
	open_both();
	int status = loop_run(&worker, 1);
	loop_report_at_exit();
	return status;
}
