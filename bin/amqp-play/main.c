/* amqp-play - a capture, published on the bus as an agent would. */
#include <math.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "bus/bus.h"
#include "bus/bus_spool.h"
#include "feed.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/options.h"
#include "player.h"

static struct {
	const char *name, *path;
	bool to;
	double speed;
	uint64_t passes;
} options = {.speed = 1, .passes = 1};

static int set_factor(const struct option_spec *spec, char *value, const char **why)
{
	char *end;
	double factor = strtod(value, &end);

	if (end == value || *end || !isfinite(factor) || factor < 0 || factor > 1e6) {
		*why = "must be a number from 0 (as fast as possible) to 1000000";
		return -1;
	}
	*(double *)spec->target = factor;
	return 0;
}

static const struct option_spec specs[] = {
	{'n', "name", "NAME", "the agent that the packets come from", option_string, &options.name,
         0, 0, NULL},
	{'r', "read", "FILE", "the capture, pcap or pcapng; - is standard input", option_string,
         &options.path, 0, 0, NULL},
	{0, "to", NULL, "publish as if sent to the agent (injection)", option_flag, &options.to, 0,
         0, NULL},
	{0, "speed", "FACTOR", "of the capture's own timing (default 1); 0: as fast as possible",
         set_factor, &options.speed, 0, 0, NULL},
	{0, "loop", "N", "play a file N times (default 1; 0: until stopped)", option_unsigned,
         &options.passes, 0, UINT32_MAX, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static void read_options(int argc, char **argv)
{
	static const struct option_spec *const tables[] = {specs, bus_specs, bus_spool_specs, NULL};
	static const struct option_usage usage = {
		.synopsis = "-n NAME -r FILE [--to] [--speed FACTOR] [--loop N]",
		.summary = "Publishes a capture of IP packets or IEEE 802.15.4 frames on the bus, "
			   "as an agent would.",
		.tables = tables,
	};

	options_parse(argc, argv, &usage);
	if (!options.name)
		usage_error("--name is missing: which agent do the packets come from?");
	agent_check_name("name", options.name);
	if (!options.path)
		usage_error("--read is missing: which capture?");
	if (bus_options.encoding == BUS_ENCODING_GSO)
		usage_error("--encoding gso: only amqp-tun publishes it");
	bus_options_finish();
}

int main(int argc, char **argv)
{
	static struct feed feed;
	static struct player player;
	struct why why;

	read_options(argc, argv);
	player = (struct player){
		.name = options.name,
		.api = (enum envelope_api)bus_options.api,
		.direction = options.to ? ENVELOPE_TO_AGENT : ENVELOPE_FROM_AGENT,
		.pcap = bus_options.encoding == BUS_ENCODING_PCAP,
		.speed = options.speed,
		.feed = &feed,
	};
	feed = (struct feed){
		.path = options.path, .passes = options.passes, .keep_tap = player.pcap};
	player_init(&player);
	feed_init(&feed);
	player.bus = bus_new(&(struct bus_config){.role = BUS_PUBLISHER,
	                                          .agent = options.name,
	                                          .direction = "uplink",
	                                          .kept = true,
	                                          .store = bus_spool_open(options.name)});

	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	struct worker workers[] = {
		{.name = "feed", .run = feed_run, .context = &feed},
		{.name = "uplink",
	         .run = player_run,
	         .context = &player,
	         .watch = player_watch,
	         .interrupt = player_interrupt},
	};
	int status = loop_run(workers, 2);
	feed_stopped(&feed, player.message.units);
	loop_report_at_exit();
	return status;
}
