/* amqp-play - a capture, published on the bus as an agent would. */
#include "agent/translation.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/summary.h"
#include "bus/publisher.h"
#include "bus/spool.h"
#include "feed.h"
#include "player.h"
#include "settings.h"

/* In the broker's list, and of the spool. */
static const char *connection_name(const struct settings *s)
{
	return s->voices.name ? s->voices.name : "play";
}

static struct publisher *open_publisher(const struct settings *s)
{
	struct publisher_config config = {.settings = &s->bus,
	                                  .agent = connection_name(s),
	                                  .direction = "uplink",
	                                  .kept = true};
	static struct translation translation;
	struct publisher *publisher = NULL;
	struct why why;

	translation.api = (enum envelope_api)s->bus.api;
	config.translate = translation_part;
	config.context = &translation;
	if (spool_open(&config.store, &s->spool, connection_name(s), &why) == 0)
		publisher = publisher_new(&config, &why);
	if (!publisher)
		die(EXIT_RUNNING, "%s", why.text);
	return publisher;
}

static const struct summary_part summary[] = {
	{"bus_uplink", "packets", "packet published", "packets published", 1},
	{"capture", "bad_fcs", "with a bad FCS", "with a bad FCS", 0},
	{"bus_uplink", "pending", "message not confirmed", "messages not confirmed", 0},
	{"spool", "waiting", "message stays in the spool", "messages stay in the spool", 0},
	{.section = NULL},
};

int main(int argc, char **argv)
{
	static struct settings s;
	static struct feed feed;
	static struct player player;
	struct why why;

	settings_parse(argc, argv, &s);
	summary_of(summary);
	player = (struct player){
		.api = (enum envelope_api)s.bus.api,
		.pcap = s.voices.pcap,
		.pace = {.name = path_in_words(s.path, "standard input"),
	                 .speed = s.speed,
	                 .max_gap = s.max_gap},
		.feed = &feed,
	};
	feed.path = s.path;
	feed.passes = s.passes;
	feed.strip.keep_tap = player.pcap;
	feed.strip.fcs = (enum strip_fcs)s.fcs;
	if (voices_init(&s.voices, &why) < 0 || player_init(&player, &why) < 0 ||
	    feed_init(&feed, &why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	choice_init(&s.choice);
	player.publisher = open_publisher(&s);

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
