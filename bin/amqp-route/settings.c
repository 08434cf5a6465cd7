#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "agent/names.h"
#include "base/clock.h"
#include "base/os.h"
#include "base/outside.h"
#include "bus/exchange.h"

enum { FILE_MAX = 1 << 20 };

static int check_seed(const char *value, struct why *why)
{
	uint64_t seed;

	return option_number(&seed, value, 0, 0, why);
}

static int check_impair(const char *value, struct why *why)
{
	size_t direction = strcspn(value + strspn(value, " \t"), " \t") + strspn(value, " \t");

	return memchr(value, '>', direction) ? 0
	                                     : why_set(why, "must begin with a direction, A>B "
	                                                    "(--link links agents)");
}

static const struct option_spec route_specs[] = {
	{SECTION_AGENTS, 'n', "name", "NAME", OPTION_TEXT(struct settings, name),
         .check = agent_name_check, .standard = "route",
         .help = "what this router is called, in its queues and in what it passes on",
         .more = "Routers of one name share the work: the broker gives each agent's packets to one "
                 "of them, and to the next when that is gone. Those that are to do things one "
                 "after "
                 "the other need names of their own."},
	{SECTION_LINKS, 0, "link", "A,B[,C...]", OPTION_TEXTS(struct settings, lines),
         .help = "agents that are linked, each with each other",
         .more = "A pair of agents may stand in one link only. What is done to the packets may "
                 "follow: 'A,B loss=10 delay=50'."},
	{SECTION_LINKS, 0, "links", "FILE", OPTION_FILE(struct settings, file),
         .help = "a file of links, one a line; read again at SIGHUP",
         .more = "'#' begins a comment. A file with a mistake in it, or that is gone, leaves the "
                 "links as they "
                 "were. A pipe or FIFO is read to its end."},
	{SECTION_LINKS, 0, "all", NULL, OPTION_FLAG(struct settings, all),
         .help = "link everybody with everybody",
         .more = "An agent is known from its first packet, or from when it says that it has "
                 "started, on. "
                 "Of 60 places each user of the broker has its share: where all are taken, one of "
                 "the user who has most goes to "
                 "another's agent, and else one of that user's own that has said nothing for 10 s. "
                 "A place counts as that user's who was heard under its name, until for 10 s he is "
                 "not. "
                 "Agents that --impair or "
                 "--links name keep theirs."},
	{SECTION_LINKS, 0, "bootstrap", NULL, OPTION_FLAG(struct settings, bootstrap),
         .help = "say tun.start to each agent until it says that it has started",
         .more = "With 'bbbb::K/64' and '10.2.0.K/24', K being the number at the end of its name, "
                 "or the next one that is free. The router is ready when all have started."},
	{SECTION_LINKS, 0, "impair", "A>B WORDS", OPTION_TEXTS(struct settings, impairs),
         .check = check_impair,
         .help = "what is done to the packets of one direction, as in 'A>B loss=10 delay=50'",
         .more = "See 'Impairments'. What the options below say holds for all directions."},
	{SECTION_LINKS, 0, "drop", "N", OPTION_UNSIGNED(struct settings, base.drop, 0, 1000000000),
         .otherwise = "none", .help = "drop the next N packets of each direction"},
	{SECTION_LINKS, 0, "skip", "N", OPTION_UNSIGNED(struct settings, base.skip, 0, 1000000000),
         .otherwise = "none", .help = "let so many pass before --drop begins"},
	{SECTION_LINKS, 0, "loss", "PERCENT", OPTION_DECIMAL(struct settings, base.loss, 0, 100),
         .otherwise = "none", .help = "lose so many packets, by chance"},
	{SECTION_LINKS, 0, "burst", "N", OPTION_DECIMAL(struct settings, base.burst, 1, 1000000),
         .otherwise = "each by itself", .help = "lose N in a row, on average (Gilbert and Elliott)",
         .more = "As many as --loss says are lost all in all."},
	{SECTION_LINKS, 0, "delay", "MS", OPTION_DECIMAL(struct settings, base.delay, 0, 3600000),
         .otherwise = "none", .help = "pass packets on so much later"},
	{SECTION_LINKS, 0, "jitter", "MS", OPTION_DECIMAL(struct settings, base.jitter, 0, 3600000),
         .otherwise = "none", .help = "... and up to so much earlier or later than that",
         .more = "Evenly. No packet overtakes another by that."},
	{SECTION_LINKS, 0, "reorder", "PERCENT",
         OPTION_DECIMAL(struct settings, base.reorder, 0, 100), .otherwise = "none",
         .help = "let so many packets come 100 ms after their turn",
         .more = "Those behind them do not wait."},
	{SECTION_LINKS, 0, "duplicate", "PERCENT",
         OPTION_DECIMAL(struct settings, base.duplicate, 0, 100), .otherwise = "none",
         .help = "pass so many packets on twice",
         .more = "The second one has no message id, by which receivers would know it."},
	{SECTION_LINKS, 0, "corrupt", "PERCENT",
         OPTION_DECIMAL(struct settings, base.corrupt, 0, 100), .otherwise = "none",
         .help = "change one bit in so many packets",
         .more = "A message whose body cannot be read is left out then, and told of."},
	{SECTION_LINKS, 0, "rate", "KBIT", OPTION_DECIMAL(struct settings, base.rate, 0, 100000000),
         .otherwise = "no bound", .help = "pass no more than so many kbit on in a second",
         .more = "Of the octets of bodies. IP packets that would wait for over a second are "
                 "dropped."},
	{SECTION_LINKS, 0, "only", "FILTER", OPTION_TEXT(struct settings, only),
         .needs = "drop loss delay jitter reorder duplicate corrupt rate impair links",
         .otherwise = "all packets",
         .help = "do all this to these packets alone: a filter of frames or of IP packets",
         .more = "For 802.15.4 frames in the language of slip-dump(1), for IP packets in that of "
                 "pcap-filter(7). Of frames none are meant where it is a filter of IP packets "
                 "alone, "
                 "and the other way round. A message whose body cannot be read is left out, and "
                 "told of."},
	{SECTION_LINKS, 0, "seed", "N", OPTION_TEXT(struct settings, seed_text),
         .check = check_seed, .needs = "loss jitter reorder duplicate corrupt impair links",
         .otherwise = "drawn, and said",
         .help = "what chance follows from: the same number, the same run"},
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"encoding", .idle = "bodies are passed on as they come",
         .more = "Here it means nothing: bodies are passed on as they come."},
	{"api", .idle = "packets go out in the API in which they came",
         .more = "Packets go out in the API in which they came."},
	{"control-from", .more = "Here: of whom 'routing.lossy.link.start' is obeyed."},
	{"ready-fd", .more = "That is: when the queues are there, and with --bootstrap all agents "
                             "have started."},
	{.name = NULL},
};

static int add_file(const struct settings *s, struct links *l, struct why *why)
{
	struct why reason;
	size_t length;
	char *text = outside_read_pipe(s->file, FILE_MAX, &length, &reason);

	if (!text)
		return why_set(why, "--links %.200s: %s", s->file, reason.text);
	int status = strlen(text) == length ? links_add_lines(l, text, &reason)
	                                    : why_set(&reason, "has a NUL in it");
	free(text);
	return status < 0 ? why_set(why, "--links %.200s: %s", s->file, reason.text) : 0;
}

static int add_options(struct links *l, const struct option_strings *lines, const char *option,
                       struct why *why)
{
	struct why reason;

	for (size_t i = 0; i < lines->count; i++)
		if (links_add(l, lines->item[i], &reason) < 0)
			return why_set(why, "%s '%.200s': %s", option, lines->item[i], reason.text);
	return 0;
}

static int check_count(const struct settings *s, const struct links *l, struct why *why)
{
	struct why reason;

	return links_check(l, &reason) == 0
	               ? 0
	               : why_set(why, "--links %.200s: %s in it (one is a line A,B)", s->file,
	                         reason.text);
}

struct links *settings_links(const struct settings *s, struct why *why)
{
	struct links *l = links_new(s->all, &s->base, s->only, why);

	if (l && add_options(l, &s->lines, "--link", why) == 0 &&
	    (!s->file || add_file(s, l, why) == 0) && check_count(s, l, why) == 0 &&
	    add_options(l, &s->impairs, "--impair", why) == 0)
		return l;
	links_free(l);
	return NULL;
}

static void choose_seed(struct settings *s)
{
	if (s->seed_text)
		s->seed = strtoull(s->seed_text, NULL, 10);
	else if (os_random(&s->seed, sizeof s->seed) < 0)
		s->seed = (uint64_t)now_ns();
	s->seed &= INT64_MAX; /* so that every language reads it back */
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{route_specs, s},
		{bus_specs, &s->bus},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "[--link A,B[,C...]]... [--links FILE] [--all] [--bootstrap] "
			    "[--drop N] [--loss PERCENT] [--delay MS] [OPTIONS]",
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
	choose_seed(s);
	bus_settings_finish(&s->bus);
	if (s->all &&
	    exchange_check_key(s->bus.exchange, "fromAgent.*.ip.tun.packet.raw", &why) < 0)
		usage_error("--all: %s", why.text);
}
