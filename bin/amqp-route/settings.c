#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "agent/names.h"
#include "base/outside.h"

enum { FILE_MAX = 1 << 20 };

static const struct option_spec route_specs[] = {
	{SECTION_AGENTS, 'n', "name", "NAME", OPTION_TEXT(struct settings, name),
         .check = agent_name_check, .standard = "route",
         .help = "what this router is called, in its queues and in what it passes on",
         .more = "Routers of one name share the work: the broker gives each agent's packets to one "
                 "of them, and to the next when that is gone. Those that are to do things one "
                 "after "
                 "the other need names of their own."},
	{SECTION_AGENTS, 0, "link", "A,B[,C...]", OPTION_TEXTS(struct settings, lines),
         .help = "agents that are linked, each with each other",
         .more = "A pair of agents may stand in one link only."},
	{SECTION_AGENTS, 0, "links", "FILE", OPTION_FILE(struct settings, file),
         .help = "a file of links, one a line; read again at SIGHUP",
         .more = "'#' begins a comment. A file with a mistake in it leaves the links as they "
                 "were."},
	{SECTION_AGENTS, 0, "all", NULL, OPTION_FLAG(struct settings, all),
         .help = "link everybody with everybody",
         .more = "An agent is known from its first packet, or from when it says that it has "
                 "started, on."},
	{SECTION_AGENTS, 0, "bootstrap", NULL, OPTION_FLAG(struct settings, bootstrap),
         .help = "say tun.start to each agent until it says that it has started",
         .more = "With 'bbbb::K/64' and '10.2.0.K/24', K being the number at the end of its name, "
                 "or the next one that is free. The router is ready when all have started."},
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"encoding", .more = "Here it means nothing: bodies are passed on as they come."},
	{"api", .more = "Packets go out in the API in which they came."},
	{"control-from", .more = "Here: of whom 'routing.lossy.link.start' is obeyed."},
	{"ready-fd", .more = "That is: when the queues are there, and with --bootstrap all agents "
                             "have started."},
	{.name = NULL},
};

static int add_file(const struct settings *s, struct links *l, struct why *why)
{
	struct why reason;
	size_t length;
	char *text = outside_read(s->file, FILE_MAX, &length, &reason);

	if (!text)
		return why_set(why, "%.200s: %s", s->file, reason.text);
	int status = strlen(text) == length ? links_add_lines(l, text, &reason)
	                                    : why_set(&reason, "has a NUL in it");
	free(text);
	return status < 0 ? why_set(why, "%.200s: %s", s->file, reason.text) : 0;
}

struct links *settings_links(const struct settings *s, struct why *why)
{
	struct links *l = links_new(s->all);
	struct why reason;

	if (!l) {
		why_set(why, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < s->lines.count; i++) {
		if (links_add(l, s->lines.item[i], &reason) == 0)
			continue;
		why_set(why, "--link '%.200s': %s", s->lines.item[i], reason.text);
		free(l);
		return NULL;
	}
	if ((s->file && add_file(s, l, why) < 0) || links_check(l, why) < 0) {
		free(l);
		return NULL;
	}
	return l;
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{route_specs, s},
		{bus_specs, &s->bus},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "[--link A,B[,C...]]... [--links FILE] [--all] [--bootstrap] [OPTIONS]",
		.summary = "Forwards what agents publish to the other agents of their links.",
		.groups = groups,
		.additions = additions,
	};
	struct why why;

	options_parse(argc, argv, &usage);
	if (!s->all && !s->file && !s->lines.count)
		usage_error("nobody is linked: --link A,B, --links FILE or --all says who");
	if (s->file && outside_note_file(s->file, &why) < 0)
		usage_error("--links: %s", why.text);
	bus_settings_finish(&s->bus);
}
