#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/names.h"
#include "base/log.h"
#include "envelope.h"
#include "capture/extcap.h"
#include "extcap.h"

static int check_pattern(const char *pattern, struct why *why)
{
	if (strlen(pattern) <= ENVELOPE_KEY_MAX)
		return 0;
	return why_set(why, "a routing key has %d octets at the most", ENVELOPE_KEY_MAX);
}

static const struct option_spec dump_specs[] = {
	{SECTION_INPUT, 'k', "pattern", "PATTERN", OPTION_TEXTS(struct settings, keys),
         .check = check_pattern, .standard = "fromAgent.# framebus.# data.*.fromAgent.*",
         .help = "routing keys to watch",
         .more = "Words between dots; '*' is any one word, '#' any number of words. "
                 "'framebus.#' is what these tools publish in encodings of their own, "
                 "'data.*.fromAgent.*' what agents of API v0 publish."},
	{SECTION_INPUT, 0, "keep", NULL, OPTION_FLAG(struct settings, keep),
         .help = "a kept queue: nothing is lost while this tool or the broker is away",
         .more = "It survives lost connections, a restart of the broker, and for an hour a crash "
                 "of this tool. Messages are acknowledged after they are written, so nothing is "
                 "missed; what comes again within one run is left out. It goes with a clean end. "
                 "Without --keep the queue is bounded at 8 MiB, and what is lost is counted."},
	{SECTION_INPUT, 'n', "name", "NAME", OPTION_TEXT(struct settings, name),
         .check = agent_name_check, .standard = "dump",
         .help = "of the kept queue, framebus.NAME.dump",
         .more = "Also of the connection in the broker's list."},
	{.name = NULL},
};

static const struct option_addition additions[] = {
	{"write", .more = "A capture whose name ends in .pcapng is pcapng, else it is pcap; see "
                          "'Captures'."},
	{"encoding", .more = "Of what is published: this tool publishes nothing."},
	{"api", .more = "Of what is published: this tool publishes nothing."},
	{"ready-fd",
         .more = "That is: when the queue is bound; what is published from then on is read."},
	{.name = NULL},
};

static void settle(struct settings *s)
{
	if (extcap_answer(&s->extcap))
		exit(extcap_status());
	if (s->extcap.capture && !s->extcap.fifo)
		usage_error("--capture needs --fifo");
	if (s->extcap.capture) {
		s->output.path = s->extcap.fifo;
		s->output.unbuffered = true;
	}
	capture_output_check(&s->output);
	for (size_t i = 0; i < s->keys.count; i++)
		s->patterns[i] = s->keys.item[i];
	bus_settings_finish(&s->bus);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{dump_specs, s},      {capture_output_specs, &s->output},
		{bus_specs, &s->bus}, {extcap_specs, &s->extcap},
		{NULL, NULL},
	};
	const struct option_usage usage = {
		.synopsis = "[-k PATTERN]... [-w FILE] [-c N] [OPTIONS]",
		.summary = "Shows or writes the IP packets and IEEE 802.15.4 frames that pass on "
			   "the bus.",
		.groups = groups,
		.additions = additions,
		.accept_unknown = extcap_asked(argc, argv),
	};

	options_parse(argc, argv, &usage);
	settle(s);
}
