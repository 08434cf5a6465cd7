/* relay - sessions with two brokers in one process: what is published under relay.# on the first
 * (--url, -e) is published again on the second (TO_URL, TO_EXCHANGE). */
#include <stdlib.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/stats.h"
#include "bus/consumer.h"
#include "bus/publisher.h"

static const char *const bindings[] = {"relay.#", NULL};
static const struct bus_queue queue = {
	.kind = BUS_LIVE, .name = "framebus.relay", .bindings = bindings};
static struct bus_settings here = BUS_SETTINGS_DEFAULT, there = BUS_SETTINGS_DEFAULT;
static struct consumer *in;
static struct publisher *out;

static void pass_on(const struct bus_message *m)
{
	struct bus_publication publication = {.key = m->key,
	                                      .content_type = m->content_type,
	                                      .body = m->body,
	                                      .length = m->length,
	                                      .units = 1};

	if (publisher_publish(out, &publication) < 0)
		log_warning("%s: dropped", m->key);
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
		while (consumer_next(in, &m) > 0)
			pass_on(&m);
	}
	consumer_close(in);
	publisher_close(out);
	return status;
}

static void open_both(void)
{
	const struct consumer_config consumer = {
		.settings = &here, .direction = "downlink", .queues = &queue, .queue_count = 1};
	const struct publisher_config publisher = {
		.settings = &there, .direction = "uplink", .kept = true};
	struct why why;

	in = consumer_new(&consumer, &why);
	out = in ? publisher_new(&publisher, &why) : NULL;
	if (!out)
		die(EXIT_RUNNING, "%s", why.text);
}

int main(int argc, char **argv)
{
	static const struct option_group groups[] = {{bus_specs, &here}, {NULL, NULL}};
	const struct option_usage usage = {
		.synopsis = "[-u URL]", .summary = "Relays relay.#.", .groups = groups};
	struct worker worker = {.name = "relay", .run = run};

	options_parse(argc, argv, &usage);
	there.urls = (struct option_strings){{getenv("TO_URL")}, 1};
	there.exchange = getenv("TO_EXCHANGE");
	bus_settings_finish(&here);
	bus_settings_finish(&there);
	if (loop_open(NULL) < 0)
		die(EXIT_RUNNING, "no loop");
	open_both();
	int status = loop_run(&worker, 1);
	loop_report_at_exit();
	return status;
}
