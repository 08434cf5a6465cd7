#include "settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/names.h"
#include "base/log.h"
#include "base/progress.h"
#include "bus/exchange.h"
#include "envelope.h"
#include "capture/extcap.h"
#include "capture/lanes.h"
#include "capture/rotated_names.h"
#include "extcap.h"
#include "packet/colour.h"
#include "pattern.h"

enum { KEEP_FOR = 3600, KEEP_FOR_MAX = 4294967 /* seconds: the broker counts ms in 32 bits */ };
static const uint64_t keep_octets = UINT64_C(1) << 30, not_given = UINT64_MAX;

static int read_octets(void *target, const char *value, struct why *why)
{
	static const char suffixes[] = "kmg";
	char digits[24];
	size_t n = strlen(value);
	const char *suffix = n ? strchr(suffixes, tolower((unsigned char)value[n - 1])) : NULL;
	unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;

	snprintf(digits, sizeof digits, "%.*s", (int)(n < 23 ? n - !!suffix : 23), value);
	if (option_number(target, digits, 1, (uint64_t)INT64_MAX >> shift, NULL) < 0)
		return why_set(why, "must be a number of octets from 1 on, or one with k, m or g");
	*(uint64_t *)target <<= shift;
	return 0;
}

static int read_who(void *seconds, const char *value, struct why *why)
{
	if (value)
		return option_seconds(seconds, value, why);
	*(double *)seconds = -1;
	return 0;
}

static const struct option_spec dump_specs[] = {
	{SECTION_INPUT, 'k', "pattern", "PATTERN", OPTION_TEXTS(struct settings, keys),
         .check = pattern_check, .standard = "fromAgent.# framebus.# data.*.fromAgent.*",
         .help = "routing keys to watch",
         .more = "Words between dots; '*' is any one word, '#' any number of words. "
                 "'framebus.#' is what these tools publish in encodings of their own, "
                 "'data.*.fromAgent.*' what agents of API v0 publish."},
	{SECTION_OUTPUT, 0, "raw", NULL, OPTION_FLAG(struct settings, raw),
         .excludes = OPTIONS_OF_WIRESHARK, .yields = "who",
         .help = "lines of any messages, with key, properties and body, instead of packets",
         .more = "See 'Any message'."},
	{SECTION_OUTPUT, 0, "who", "SECONDS", .may_stand_alone = true,
         OPTION_OWN(struct settings, who, read_who), .excludes = OPTIONS_OF_WIRESHARK,
         .yields = "raw",
         .help = "the agents that are seen, instead of packets: a live screen, or a table",
         .more = "On a terminal a screen, each second; else lines every 10 s and at the end; or "
                 "each so many seconds. See 'Who is there'."},
	{SECTION_OUTPUT, 0, "management", "URL", OPTION_URL(struct settings, management),
         .needs = "who",
         .help = "with --who: who listens, too, as the broker's management API has it",
         .more = "http:// or https://, with the port of the management plugin: "
                 "http://broker:15672. The login is that of the bus, unless the URL has one; a "
                 "password in it is overwritten at once in the list of processes. For https:// "
                 "--cacert, --cert and --key count, too. See 'Who listens'."},
	{SECTION_INPUT, 0, "keep", NULL, OPTION_FLAG(struct settings, keep), .yields = "who",
         .help = "a kept queue: nothing is lost while this tool or the broker is away",
         .more = "It survives lost connections, a restart of the broker, and every end of this "
                 "tool: what arrives between two runs of one --name is in the next one; see 'Kept "
                 "queues'. Without --keep the queue is bounded at 8 MiB, and what is lost is "
                 "counted."},
	{SECTION_INPUT, 0, "keep-for", "SECONDS",
         OPTION_UNSIGNED(struct settings, keep_for, 0, KEEP_FOR_MAX), .otherwise = "3600",
         .help = "the kept queue goes when it was unused for so long; 0: never",
         .more = "Unused: nobody reads it."},
	{SECTION_INPUT, 0, "keep-octets", "N",
         OPTION_OWN(struct settings, keep_octets, read_octets), .otherwise = "1g",
         .help = "bound of the kept queue; k, m, g for KiB, MiB, GiB",
         .more = "Beyond it the oldest messages go, which is counted as lost_on_bus."},
	{SECTION_INPUT, 0, "delete-queue", NULL, OPTION_FLAG(struct settings, delete_queue),
         .help = "a clean end deletes the kept queue, and all that is in it",
         .more = "That is: one with status 0."},
	{SECTION_INPUT, 'n', "name", "NAME", OPTION_TEXT(struct settings, name),
         .check = agent_name_check, .standard = "dump",
         .help = "of the kept queue, framebus.NAME.dump",
         .more = "Also of the connection in the broker's list."},
	{.name = NULL},
};

#define NOTHING_PUBLISHED "this tool publishes nothing"

static const struct option_addition additions[] = {
	{"verbose", .more = "Below each readable line its packet in full, see 'Lines'."},
	{"encoding", .idle = NOTHING_PUBLISHED,
         .more = "Of what is published: this tool publishes nothing."},
	{"api", .idle = NOTHING_PUBLISHED,
         .more = "Of what is published: this tool publishes nothing."},
	{"control-from", .needs = "require-user",
         .more = "This tool obeys nobody; with --require-user it is what such "
                 "messages are left out by."},
	{"ready-fd",
         .more = "That is: when the queue is bound; what is published from then on is read."},
	{.name = NULL},
};

static void settle_keeping(struct settings *s)
{
	if (!s->keep && s->keep_for != not_given && !option_yields("keep-for", NULL))
		usage_error("--keep-for needs --keep");
	if (!s->keep && s->keep_octets && !option_yields("keep-octets", NULL))
		usage_error("--keep-octets needs --keep");
	if (!s->keep && s->delete_queue && !option_yields("delete-queue", NULL))
		usage_error("--delete-queue needs --keep");
	s->keep_for = s->keep_for == not_given ? KEEP_FOR : s->keep_for;
	s->keep_octets = s->keep_octets ? s->keep_octets : keep_octets;
}

/* Neither shows packets, so no capture can hold it. */
static void settle_shows(struct settings *s, const struct write_choice *choices, int count)
{
	const char *name = s->raw ? "--raw" : "--who";

	s->shows = s->raw ? OUTPUT_MESSAGES : s->who != 0 ? OUTPUT_AGENTS : OUTPUT_PACKETS;
	s->may_draw = s->who != 0 && !s->writes.files.count && !s->writes.print && !s->writes.json;
	if (s->shows == OUTPUT_PACKETS)
		return;
	if (s->output.colour == COLOUR_ALWAYS && !option_yields("color", NULL))
		usage_error("--color always: the lines of %s have no colours", name);
	if (s->who != 0 && s->keep)
		usage_error("--keep is for a record, and --who makes none: what the queue keeps "
		            "would be gone (leave one of them out)");
	if (s->raw && s->who != 0)
		usage_error("--raw and --who exclude each other: two runs show both");
	if (s->frame_keys.path)
		usage_error("--frame-keys opens frames, of which %s shows none", name);
	if (s->raw && (s->choice.frames || s->choice.packets.filter))
		usage_error("--raw shows messages, --filter and --ip-filter choose among what is "
		            "in them: choose by key (-k)");
	if (s->who != 0 && s->output.count)
		usage_error("-c counts packets, of which --who shows none");
	for (int i = 0; i < count; i++)
		if (choices[i].format == SINK_PCAP || choices[i].format == SINK_PCAPNG)
			usage_error("%s gives lines: -w %s needs --format lines or json (another "
			            "run writes a capture)",
			            name, choices[i].path);
}

/* Before the settings of the bus, which it shares the files for TLS with. */
static void settle_management(struct settings *s)
{
	struct why why;

	if (!s->management)
		return;
	if (http_parse(&s->server, s->management, &why) < 0)
		usage_error("--management: %s", why.text);
	if (s->server.user && !s->server.password && !s->bus.password_file)
		usage_error("--management %s: a user without a password (add one, or "
		            "--password-file)",
		            s->server.shown);
	s->bus.has_tls_besides = s->server.tls;
	/* A URL of the bus without a login means guest, whose password everybody knows. */
	bool has_own = s->server.user || s->bus.password_file ||
	               (s->bus.urls.count && strchr(s->bus.urls.item[0], '@'));
	if (!s->server.tls && has_own)
		password_warn_of_network("--management", s->server.shown, s->server.host,
		                         "https://");
}

/* Lines of all outputs are made by one thread. */
static bool shows_lines(const struct write_choice *choices, int count)
{
	bool any = false;

	for (int i = 0; i < count; i++)
		any |= sink_format_has_lines(choices[i].format);
	return any;
}

/* Its language is that of --ip-filter. */
static void settle_extcap_filter(struct settings *s)
{
	struct why why;

	if (s->extcap.filter &&
	    choice_narrow_packets(&s->choice.packets, s->extcap.filter, &why) < 0)
		usage_error("capture filter '%s': %s", s->extcap.filter, why.text);
}

static void check_exchange(const struct settings *s)
{
	struct why why;

	for (unsigned i = 0; s->patterns[i]; i++)
		if (exchange_check_key(s->bus.exchange, s->patterns[i], &why) < 0)
			usage_error("--pattern %s", why.text);
}

static void settle(struct settings *s, bool extcap)
{
	struct write_choice choices[LANES_MAX];
	struct why why;

	if (extcap_check_options(&s->extcap, extcap, &why) < 0)
		usage_error("%s", why.text);
	if (extcap_answer(&s->extcap))
		exit(extcap_status());
	if (s->extcap.fifo && !s->extcap.capture)
		usage_error("--fifo needs --capture (-w writes to a FIFO as well)");
	settle_extcap_filter(s);
	if (s->extcap.capture) {
		progress_off();
		s->writes = (struct writes_options){.files = {.item = {s->extcap.fifo}, .count = 1},
		                                    .format = FORMAT_PCAPNG};
		s->output.unbuffered = true;
	}
	int count = writes_choose(&s->writes, choices, LANES_MAX, &why);
	if (count < 0 || rotated_names_check(&s->writes, s->output.overwrite, &why) < 0 ||
	    capture_output_check(&s->output, s->writes.files.item, s->writes.files.count, &why) < 0)
		usage_error("%s", why.text);
	settle_shows(s, choices, count);
	if (writes_check_colour(s->output.colour, choices, (unsigned)count, &why) < 0)
		usage_error("%s", why.text);
	for (size_t i = 0; i < s->keys.count; i++) {
		s->patterns[i] = s->keys.item[i];
		if (!s->raw && !pattern_meets_agents(s->patterns[i]))
			log_warning("-k '%s': no agent's message has such a key: theirs begin with "
			            "fromAgent, toAgent or framebus (docs/wire-formats.md has all)",
			            s->patterns[i]);
	}
	settle_keeping(s);
	if (frame_keys_options_settle(&s->frame_keys, shows_lines(choices, count) ? 1 : 0, &why) <
	    0)
		die(EXIT_USAGE, "%s", why.text);
	settle_management(s);
	bus_settings_finish(&s->bus);
	check_exchange(s);
}

void settings_parse(int argc, char **argv, struct settings *s)
{
	const struct option_group groups[] = {
		{dump_specs, s},
		{choice_frames_specs, &s->choice},
		{choice_packets_specs, &s->choice},
		{writes_specs, &s->writes},
		{capture_output_specs, &s->output},
		{room_specs, &s->room},
		{frame_keys_specs, &s->frame_keys},
		{bus_specs, &s->bus},
		{extcap_specs, &s->extcap},
		{NULL, NULL},
	};
	bool extcap = extcap_asked(argc, argv);
	const struct option_usage usage = {
		.synopsis = "[-k PATTERN]... [-w FILE]... [-c N] [OPTIONS]",
		.summary = "Shows or writes the IP packets and IEEE 802.15.4 frames that pass on "
			   "the bus.",
		.groups = groups,
		.additions = additions,
		.accept_unknown = extcap,
	};

	s->keep_for = not_given;
	s->writes.format = FORMAT_BY_NAME;
	s->writes.otherwise = SINK_PCAPNG;
	options_parse(argc, argv, &usage);
	settle(s, extcap);
}
