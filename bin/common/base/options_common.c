#include <stdlib.h>
#include <string.h>

#include "base/events.h"
#include "base/log.h"
#include "base/options_internal.h"
#include "base/stats.h"

struct common_options common_options = {.stats = STATS_NONE, .ready_fd = -1};

static int set_more(void *target, const char *value, struct why *why)
{
	(void)target;
	(void)value;
	(void)why;
	log_more();
	return 0;
}

static int set_less(void *target, const char *value, struct why *why)
{
	(void)target;
	(void)value;
	(void)why;
	log_less();
	return 0;
}

static int set_stats(void *target, const char *value, struct why *why)
{
	if (value && strcmp(value, "json") != 0)
		return why_set(why, "must be json, or --stats alone");
	*(int *)target = value ? STATS_JSON : STATS_TEXT;
	return 0;
}

static const char *const log_forms[] = {"text", "json", NULL};

void options_find_log_form(int argc, char **argv)
{
	bool is_json = false, with_time = false;

	for (int i = 1; i < argc; i++) {
		bool has_next = strcmp(argv[i], "--log-format") == 0 && i + 1 < argc;

		is_json |= strcmp(argv[i], "--log-format=json") == 0 ||
		           (has_next && strcmp(argv[i + 1], "json") == 0);
		with_time |= strcmp(argv[i], "--log-time") == 0;
	}
	log_set_form(is_json ? LOG_JSON : LOG_TEXT, with_time);
}

const struct option_spec options_common_specs[] = {
	{SECTION_CONFIGURATION, 0, "config", "FILE", .kind = KIND_OWN, .read = option_note_config,
         .many = true, .is_of_command_line = true,
         .help = "read options from FILE, one a line: name = value",
         .more = "See framebus.conf(5). What the command line gives beats it, and so does what a "
                 "later file gives; it beats the environment."},
	{SECTION_CONFIGURATION, 0, "dump-config", NULL, .kind = KIND_DUMP_CONFIG,
         .help = "print which options are in force, and where each comes from",
         .more = "In the form that --config reads. Secrets are left out."},
	{SECTION_DIAGNOSTICS, 'v', "verbose", NULL, .kind = KIND_OWN, .read = set_more,
         .help = "say more: connections, what is left out and why"},
	{SECTION_DIAGNOSTICS, 'q', "quiet", NULL, .kind = KIND_OWN, .read = set_less,
         .help = "say less: errors only"},
	{SECTION_DIAGNOSTICS, 0, "log-time", NULL, OPTION_FLAG(struct common_options, log_time),
         .help = "begin each line on stderr with its time",
         .more = "In UTC, to the millisecond: 2026-11-25T22:33:44.123Z. Not those of "
                 "--stats=json. With --log-format json each has it anyway."},
	{SECTION_DIAGNOSTICS, 0, "log-format", NULL,
         OPTION_CHOICE(struct common_options, log_form, log_forms), .standard = "text",
         .help = "form of the lines on stderr",
         .more = "'json': each line is an object with the members time, priority (error, "
                 "warning, notice, info or debug), tool and text; a report of --stats=json is "
                 "the member stats of one. Where stderr is the journal's, lines of text begin with "
                 "their "
                 "priority, as sd-daemon(3) has it."},
	{SECTION_DIAGNOSTICS, 0, "stats", "json", .may_stand_alone = true,
         OPTION_OWN(struct common_options, stats, set_stats),
         .help = "a summary on exit and on SIGUSR1, on stderr"},
	{SECTION_DIAGNOSTICS, 0, "stats-every", "SECONDS",
         OPTION_OWN(struct common_options, stats_every, option_seconds),
         .help = "the same every so many seconds, and on exit",
         .more = "From 0.1 on, in the form that --stats says. Rates are of the time since the "
                 "report before; in the last report of the whole run."},
	{SECTION_DIAGNOSTICS, 0, "ready-fd", "N",
         OPTION_OWN(struct common_options, ready_fd, option_read_descriptor),
         .help = "write a line to file descriptor N when both ends work",
         .more = "It is one of its own (from 3 on) that is open for writing."},
	{SECTION_DIAGNOSTICS, 0, "check", NULL, OPTION_FLAG(struct common_options, check),
         .is_of_command_line = true,
         .help = "say what the set-up lacks, and how to mend it, and end",
         .more = "With the options that the tool will be run with. A line for each finding, good, "
                 "note or wrong, on standard output, and what mends it; with --json an object "
                 "each. Nothing is left "
                 "on the broker or on this machine, and nothing is delivered to anybody. Status 0: "
                 "nothing "
                 "is wrong, 1: something is."},
	{SECTION_DIAGNOSTICS, 0, "json", NULL, OPTION_FLAG(struct common_options, json),
         .is_of_command_line = true, .needs = "check list",
         .help = "with --check: a JSON object for each finding"},
	{SECTION_DIAGNOSTICS, 0, "events", "FD|FILE", OPTION_TEXT(struct common_options, events),
         .check = option_refuse_credential,
         .help = "write what scripts may act on, a line of JSON each",
         .more = "To a file descriptor, from 3 on and open for writing, or to a file, which is "
                 "appended to, or a FIFO. Which events there are is in docs/events.md: the tool "
                 "starts, both ends work or no longer do, a peer, a port or a connection comes or "
                 "goes, a file is begun or done. The tool never waits for the reader: what has no "
                 "room is left out, and counted."},
	{SECTION_DIAGNOSTICS, 'V', "version", NULL, .kind = KIND_VERSION,
         .help = "print the version"},
	{SECTION_DIAGNOSTICS, 'h', "help", NULL, .kind = KIND_HELP, .help = "print this"},
	{SECTION_DIAGNOSTICS, 0, "dump-options", NULL, .kind = KIND_DUMP, .help = NULL},
	{.name = NULL},
};

void options_settle_check(struct option_entries *all)
{
	common_options.json = options_find(all, "json")->given;
}

void options_note_agent(const struct option_entries *all)
{
	for (unsigned i = 0; i < all->count; i++) {
		const struct option_entry *entry = &all->entry[i];

		if (strcmp(entry->spec.name, "name") == 0 && entry->spec.kind == KIND_TEXT)
			events_set_name(*(const char *const *)((const char *)entry->into +
			                                       entry->spec.target));
	}
}
