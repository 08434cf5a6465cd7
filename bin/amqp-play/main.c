/* amqp-play - a capture, published on the bus as an agent would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/translation.h"
#include "base/check.h"
#include "base/common_checks.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/path_checks.h"
#include "base/summary.h"
#include "bus/bus_checks.h"
#include "bus/publisher.h"
#include "bus/spool.h"
#include "bus/spool_checks.h"
#include "capture/capture_checks.h"
#include "capture/reading.h"
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
	{"filter", "left_out", "filtered out", "filtered out", 0},
	{"bus_uplink", "pending", "message not confirmed", "messages not confirmed", 0},
	{"spool", "waiting", "message stays in the spool", "messages stay in the spool", 0},
	{.section = NULL},
};

enum { KEYS_MAX = 2 * OPTION_LIST_MAX + 2 };

static unsigned add_keys(const char *keys[], unsigned count, int voice)
{
	const struct voice *v = voice == VOICES_NOBODY ? NULL : voices_at((unsigned)voice);

	if (!v)
		return count;
	keys[count++] = v->tun_key;
	keys[count++] = v->serial_key;
	return count;
}

/* Of the agents that options name; those that a capture names are its own matter. */
static const char *const *find_keys(const struct settings *s)
{
	static const char *keys[KEYS_MAX + 1];
	unsigned count = s->voices.name ? add_keys(keys, 0, voices_find(0, "")) : 0;

	for (size_t i = 0; i < s->voices.map.count; i++)
		count = add_keys(keys, count, voices_of_map(s->voices.map.item[i]));
	return keys;
}

static int check(const struct settings *s)
{
	struct why why;

	check_run(common_checks, NULL);
	if (check_input_path("input", s->path))
		capture_check_input("input", s->path, feed_takes, FEED_PLAYABLE);
	spool_check(s->spool.directory);
	if (voices_init(&s->voices, &why) < 0)
		check_wrong("permission", "another name", "%s", why.text);
	else
		bus_check(&(struct bus_check){
			.settings = &s->bus, .agent = connection_name(s), .publish = find_keys(s)});
	return check_end();
}

int main(int argc, char **argv)
{
	static struct settings s;
	static struct feed feed;
	static struct player player;
	struct why why;

	settings_parse(argc, argv, &s);
	if (common_options.check)
		return check(&s);
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
	log_status_end();
	bool hangs = reading_let_go(player.pace.name);
	feed_stopped(&feed, player.message.units);
	voices_tell_silent();
	loop_report_at_exit();
	return status || !hangs ? status : EXIT_RUNNING;
}
