/* amqp-dump - what passes on the bus, as a capture or as readable lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "extcap.h"
#include "base/log.h"
#include "base/loop.h"
#include "watcher.h"

static struct {
	const char *name, *path;
	struct option_strings patterns, keys;
	uint64_t count;
	bool keep, flush_each;
	struct extcap_options extcap;
	const char *ignored;
} options = {.name = "dump"};

static const struct option_spec specs[] = {
	{'w', "write", "FILE",
         "a capture: .pcapng, else pcap; - is standard output; without: a line a packet",
         option_string, &options.path, 0, 0, NULL},
	{'k', "pattern", "PATTERN",
         "routing keys to watch, repeatable (default fromAgent.# and data.*.fromAgent.*)",
         option_list, &options.patterns, 0, 0, NULL},
	{0, "key", "PATTERN", "the same; but with --cert, which has a --key of its own, say -k",
         option_list, &options.keys, 0, 0, NULL},
	{'c', "count", "COUNT", "end after so many packets", option_unsigned, &options.count, 1,
         UINT64_MAX, NULL},
	{'U', "unbuffered", NULL, "write each packet to the file at once (pipes: always)",
         option_flag, &options.flush_each, 0, 0, NULL},
	{0, "keep", NULL, "a kept queue: nothing is lost while this tool or the broker is away",
         option_flag, &options.keep, 0, 0, NULL},
	{'n', "name", "NAME", "of the kept queue (default dump)", option_string, &options.name, 0,
         0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct option_spec extcap_specs[] = {
	{0, "extcap-interfaces", NULL, "Wireshark: list the interfaces", option_flag,
         &options.extcap.interfaces, 0, 0, NULL},
	{0, "extcap-dlts", NULL, "Wireshark: list the link types", option_flag,
         &options.extcap.dlts, 0, 0, NULL},
	{0, "extcap-config", NULL, "Wireshark: list the options", option_flag,
         &options.extcap.config, 0, 0, NULL},
	{0, "extcap-interface", "NAME", "Wireshark: the interface that is meant", option_string,
         &options.extcap.interface, 0, 0, NULL},
	{0, "capture", NULL, "Wireshark: capture into --fifo", option_flag, &options.extcap.capture,
         0, 0, NULL},
	{0, "fifo", "FILE", "Wireshark: where the capture goes", option_string,
         &options.extcap.fifo, 0, 0, NULL},
	{0, "extcap-capture-filter", "FILTER", "Wireshark: not used", option_string,
         &options.ignored, 0, 0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static const char *patterns[2 * OPTION_LIST_MAX + 3];

static void add_patterns(const struct option_strings *list)
{
	size_t n = 0;

	while (patterns[n])
		n++;
	for (size_t i = 0; i < list->count; i++) {
		if (strlen(list->item[i]) > ENVELOPE_KEY_MAX)
			usage_error("--key: a routing key has %d octets at the most",
			            ENVELOPE_KEY_MAX);
		patterns[n++] = list->item[i];
	}
}

/* Every bus tool has --key for TLS, this one also for patterns: a certificate tells which is meant.
 */
static void settle_keys(void)
{
	static const struct option_strings defaults = {
		.item = {"fromAgent.#", "data.*.fromAgent.*"}, .count = 2};

	if (bus_options.cert && options.keys.count != 1)
		usage_error("--cert needs one --key, its private key; patterns are given with -k");
	if (bus_options.cert)
		bus_options.key = options.keys.item[0];
	else
		add_patterns(&options.keys);
	add_patterns(&options.patterns);
	if (!patterns[0])
		add_patterns(&defaults);
}

static void read_options(int argc, char **argv)
{
	static const struct option_spec *const tables[] = {specs, bus_specs, extcap_specs, NULL};
	static struct option_usage usage = {
		.synopsis = "[-k PATTERN]... [-w FILE] [-c COUNT]",
		.summary = "Shows or writes the IP packets and IEEE 802.15.4 frames that pass on "
			   "the bus.",
		.tables = tables,
	};

	for (int i = 1; i < argc; i++)
		usage.accept_unknown |=
			strncmp(argv[i], "--extcap-", 9) == 0 || strcmp(argv[i], "--capture") == 0;
	options_parse(argc, argv, &usage);
	if (extcap_answer(&options.extcap))
		exit(fflush(stdout) == 0 ? EXIT_OK : EXIT_RUNNING);
	if (options.extcap.capture && !options.extcap.fifo)
		usage_error("--capture needs --fifo");
	agent_check_name("name", options.name);
	settle_keys();
	bus_options_finish();
}

static const struct bus_queue *make_queue(void)
{
	static struct bus_queue queue;
	static char name[ENVELOPE_NAME_MAX + 16];

	snprintf(name, sizeof name, "framebus.%s.dump", options.name);
	queue = (struct bus_queue){
		.kind = options.keep ? BUS_KEPT : BUS_LIVE, .name = name, .bindings = patterns};
	return &queue;
}

int main(int argc, char **argv)
{
	static struct watcher watcher;
	struct why why;
	bool for_wireshark;

	read_options(argc, argv);
	for_wireshark = options.extcap.capture;
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	watcher = (struct watcher){
		.bus = bus_new(&(struct bus_config){.role = BUS_CONSUMER,
	                                            .agent = options.name,
	                                            .direction = "downlink",
	                                            .queues = make_queue(),
	                                            .queue_count = 1}),
		.output = output_open(for_wireshark ? options.extcap.fifo : options.path,
	                              for_wireshark, for_wireshark || options.flush_each),
		.count = options.count,
		.kept = options.keep,
	};
	watcher_init(&watcher);

	struct worker worker = {.name = "downlink",
	                        .run = watcher_run,
	                        .context = &watcher,
	                        .watch = watcher_watch,
	                        .interrupt = watcher_interrupt};
	int status = loop_run(&worker, 1);
	int closed = output_close(watcher.output);
	loop_report_at_exit();
	return status ? status : closed;
}
