/* amqp-echo: answers what is published under echo.request with the same body under echo.reply. A
 * whole tool of the bus, with everything that the others have: reconnection, TLS, statistics, an
 * end within a second. */
#include "bus/bus.h"
#include "base/log.h"
#include "base/loop.h"

static const char *const bindings[] = {"echo.request", NULL};
static const struct bus_queue queue = {
	.kind = BUS_LIVE, .name = "framebus.echo", .bindings = bindings};
static struct counter dropped = {.name = "dropped"};
static struct bus *in, *out;

static void answer(const struct bus_message *m)
{
	struct bus_publication p = {.key = "echo.reply",
	                            .content_type = m->content_type,
	                            .body = m->body,
	                            .length = m->length,
	                            .units = 1};

	if (bus_publish(out, &p) == BUS_AGAIN)
		stats_add(&dropped, 1);
}

static int run(void *none)
{
	int status = BUS_OK;

	(void)none;
	while (!loop_stopping() && status == BUS_OK) {
		struct pollfd fds[1 + 2 * BUS_FDS] = {{loop_stop_fd(), POLLIN, 0}};
		struct bus_message m;
		int timeout = -1, n = 1;

		n += bus_prepare(in, fds + n, &timeout);
		n += bus_prepare(out, fds + n, &timeout);
		poll(fds, (nfds_t)n, timeout);
		if ((status = bus_work(in)) == BUS_OK)
			status = bus_work(out);
		if (bus_is_open(in) && bus_is_open(out))
			report_ready();
		for (unsigned i = 0; i < 100 && bus_next(in, &m) > 0; i++)
			answer(&m);
	}
	bus_close(in);
	bus_close(out);
	return status;
}

static void watch(void *none)
{
	(void)none;
	bus_watch(in);
	bus_watch(out);
}

static void interrupt(void *none)
{
	(void)none;
	bus_interrupt(in);
	bus_interrupt(out);
}

int main(int argc, char **argv)
{
	static const struct option_group groups[] = {{bus_specs, &bus_options}, {NULL, NULL}};
	static const struct option_usage usage = {
		.synopsis = "[-u URL]", .summary = "Answers echo.request.", .groups = groups};
	struct why why;
	struct worker worker = {.name = "echo", .run = run, .watch = watch, .interrupt = interrupt};

	options_parse(argc, argv, &usage);
	bus_options_finish();
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	stats_register("echo", &dropped, 1);
	in = bus_new(&(struct bus_config){.role = BUS_CONSUMER,
	                                  .agent = "echo",
	                                  .direction = "downlink",
	                                  .queues = &queue,
	                                  .queue_count = 1});
	out = bus_new(&(struct bus_config){
		.role = BUS_PUBLISHER, .agent = "echo", .direction = "uplink"});
	int status = loop_run(&worker, 1);
	loop_report_at_exit();
	return status;
}
