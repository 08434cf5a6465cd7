/* amqp-play - a capture, published on the bus as an agent would. */
#include "bus/bus.h"
#include "bus/bus_spool.h"
#include "feed.h"
#include "base/log.h"
#include "base/loop.h"
#include "player.h"
#include "settings.h"

int main(int argc, char **argv)
{
	static struct settings s;
	static struct feed feed;
	static struct player player;
	struct why why;

	settings_parse(argc, argv, &s);
	player = (struct player){
		.name = s.name,
		.api = (enum envelope_api)bus_options.api,
		.direction = s.to ? ENVELOPE_TO_AGENT : ENVELOPE_FROM_AGENT,
		.pcap = bus_options.encoding == BUS_ENCODING_PCAP,
		.speed = s.speed,
		.feed = &feed,
	};
	feed = (struct feed){.path = s.path, .passes = s.passes, .keep_tap = player.pcap};
	player_init(&player);
	feed_init(&feed);
	player.bus = bus_new(&(struct bus_config){.role = BUS_PUBLISHER,
	                                          .agent = s.name,
	                                          .direction = "uplink",
	                                          .kept = true,
	                                          .store = bus_spool_open(s.name)});

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
