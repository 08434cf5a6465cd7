/* amqp-dump - what passes on the bus, as a capture or as readable lines. */
#include <stdio.h>

#include "base/check.h"
#include "base/common_checks.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/summary.h"
#include "bus/bus_checks.h"
#include "capture/capture_checks.h"
#include "management.h"
#include "settings.h"
#include "watcher.h"
#include "who_screen.h"

static const struct bus_queue *make_queue(const struct settings *s)
{
	static struct bus_queue queue;
	static char name[ENVELOPE_NAME_MAX + 16], taken[ENVELOPE_NAME_MAX + 128];

	snprintf(name, sizeof name, "framebus.%s.dump", s->name);
	snprintf(taken, sizeof taken,
	         "another amqp-dump records as %s (give one of them a name of its own: -n)",
	         s->name);
	queue = (struct bus_queue){.kind = s->keep ? BUS_KEPT : BUS_LIVE,
	                           .name = name,
	                           .bindings = s->patterns,
	                           .max_octets = s->keep ? s->keep_octets : 0,
	                           .expires_ms = s->keep_for * 1000,
	                           .taken = taken};
	return &queue;
}

static struct consumer *open_consumer(const struct settings *s)
{
	const struct consumer_config config = {.settings = &s->bus,
	                                       .agent = s->name,
	                                       .direction = "downlink",
	                                       .shows_properties = s->raw,
	                                       .queues = make_queue(s),
	                                       .queue_count = 1};
	struct why why;
	struct consumer *consumer = consumer_new(&config, &why);

	if (!consumer)
		die(EXIT_RUNNING, "%s", why.text);
	return consumer;
}

/* By what is shown: a table of agents is made of messages, and lines of it are no packets. */
static const struct summary_part summaries[][3] = {
	[OUTPUT_PACKETS] = {{"output", "written", "packet", "packets", 1},
                            {"filter", "left_out", "filtered out", "filtered out", 0},
                            {.section = NULL}},
	[OUTPUT_MESSAGES] = {{"output", "written", "message", "messages", 1}, {.section = NULL}},
	[OUTPUT_AGENTS] = {{"downlink", "messages", "message", "messages", 1}, {.section = NULL}},
};

static struct management make_management(const struct settings *s)
{
	/* Once a second at the most: the broker itself counts every five. */
	double seconds = s->who > 0 ? s->who : s->may_draw ? 5 : 10;

	seconds = seconds < 1 ? 1 : seconds > 3600 ? 3600 : seconds;

	return (struct management){.server = s->server, .bus = &s->bus, .seconds = seconds};
}

static int check(const struct settings *s)
{
	struct management management = make_management(s);

	check_run(common_checks, NULL);
	capture_check_outputs(&s->writes, &s->output);
	bus_check(&(struct bus_check){.settings = &s->bus, .agent = s->name, .bind = s->patterns});
	if (s->management)
		management_check(&management);
	return check_end();
}

/* Of the lines; 0: there is a screen in their place, or no table at all. */
static double who_seconds(const struct settings *s)
{
	bool draws = s->may_draw && who_screen_open(s->who > 0 ? s->who : 1);

	return draws ? 0 : s->who < 0 ? 10 : s->who;
}

int main(int argc, char **argv)
{
	static struct settings s;
	static struct watcher watcher;
	static struct management management;
	struct why why;

	settings_parse(argc, argv, &s);
	if (common_options.check)
		return check(&s);
	summary_of(summaries[s.shows]);
	if (loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	watcher = (struct watcher){
		.consumer = open_consumer(&s),
		.keys = s.frame_keys.keys[0],
		.count = s.output.count,
		.shows = s.shows,
		.duration = s.output.duration,
		.patterns = s.patterns,
		.kept = s.keep,
		.synced = s.output.unbuffered,
		.deletes = s.delete_queue,
	};
	if (output_open(&s.output, &s.writes, s.keep, s.shows, s.room.on_full == ROOM_WAIT,
	                s.frame_keys.keys[0]) < 0)
		return EXIT_RUNNING;
	/* Whatever ends the tool before this is said on the terminal as it was. */
	watcher.who_seconds = who_seconds(&s);
	watcher_init(&watcher);
	choice_init(&s.choice);

	struct worker workers[3 + LANES_MAX] = {{.name = "downlink",
	                                         .run = watcher_run,
	                                         .context = &watcher,
	                                         .watch = watcher_watch,
	                                         .interrupt = watcher_interrupt}};
	unsigned count = 1 + lanes_workers(workers + 1);
	count += who_screen_workers(workers + count);
	management = make_management(&s);
	if (s.management)
		workers[count++] = management_worker(&management);
	int status = loop_run(workers, count);
	who_screen_close();
	int closed = lanes_close();
	loop_report_at_exit();
	return status ? status : closed;
}
