/* amqp-route - from each agent of a link to the others. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/summary.h"
#include "queues.h"
#include "route.h"
#include "route_checks.h"
#include "settings.h"

static struct settings settings;
static struct route route;

static struct consumer *open_consumer(const struct settings *s, struct why *why)
{
	struct consumer_config config = {
		.settings = &s->bus, .agent = s->name, .direction = "downlink"};

	route.queues = queues_make(route.links, s->name, route.api, why);
	if (!route.queues)
		return NULL;
	config.queues = route.queues->list;
	config.queue_count = route.queues->count;
	return consumer_new(&config, why);
}

static void open_sessions(const struct settings *s)
{
	const struct publisher_config live = {.settings = &s->bus,
	                                      .agent = s->name,
	                                      .direction = "uplink",
	                                      .returned = forward_returned,
	                                      .context = &route},
				      kept = {.settings = &s->bus,
	                                      .agent = s->name,
	                                      .direction = "kept_uplink",
	                                      .kept = true};
	struct why why;

	route.consumer = open_consumer(s, &why);
	route.live = route.consumer ? publisher_new(&live, &why) : NULL;
	route.kept = route.live ? publisher_new(&kept, &why) : NULL;
	if (!route.kept)
		die(EXIT_RUNNING, "%s", why.text);
}

static atomic_uint hangups; /* that the links were not read for since */

static void read_links(void)
{
	struct why why;
	struct links *links = settings_links(&settings, &why);

	if (links)
		route_change_links(&route, links);
	else
		log_warning("%s (the links stay as they were)", why.text);
}

static void *read_until_last(void *none)
{
	unsigned seen;

	do {
		seen = atomic_load(&hangups);
		read_links();
	} while (atomic_fetch_sub(&hangups, seen) != seen);
	return none;
}

/* SIGHUP, in the main thread, which has a stop to see to while a pipe's writer takes his time. */
static void read_links_again(void *none)
{
	pthread_t thread;

	if (atomic_fetch_add(&hangups, 1) > 0)
		return;
	if (pthread_create(&thread, NULL, read_until_last, none) == 0)
		pthread_detach(thread);
	else
		read_until_last(none);
}

static const struct summary_part summary[] = {
	{"route", "messages", "message", "messages", 1},
	{"route", "forwarded", "copy forwarded", "copies forwarded", 1},
	{"route", "duplicated", "duplicated", "duplicated", 0},
	{"route", "corrupted", "corrupted", "corrupted", 0},
	{"bus_kept_uplink", "pending", "message not confirmed", "messages not confirmed", 0},
	{.section = NULL},
};

int main(int argc, char **argv)
{
	struct why why;

	settings_parse(argc, argv, &settings);
	summary_of(summary);
	route.name = settings.name;
	route.api = (enum envelope_api)settings.bus.api;
	route.seed = settings.seed;
	route.senders = &settings.bus.senders;
	route.bootstrap.on = settings.bootstrap;
	route.bootstrap.api = route.api;
	route.links = settings_links(&settings, &why);
	if (!route.links)
		die(EXIT_USAGE, "%s", why.text);
	if (common_options.check)
		return route_check(&settings, route.links);
	if (route_init(&route, &why) < 0 || loop_open(&why) < 0)
		die(EXIT_RUNNING, "%s", why.text);
	if (settings.file)
		loop_on_hangup(read_links_again, NULL);
	open_sessions(&settings);

	struct worker worker = {.name = "route",
	                        .run = route_run,
	                        .context = &route,
	                        .watch = route_watch,
	                        .interrupt = route_interrupt};
	int status = loop_run(&worker, 1);
	loop_report_at_exit();
	return status;
}
