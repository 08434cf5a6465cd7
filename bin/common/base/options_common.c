#include <stdlib.h>
#include <string.h>

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

static int set_stats_every(void *target, const char *value, struct why *why)
{
	char *end;
	double n = strtod(value, &end);

	if (end == value || *end || !(n >= 0.1 && n <= 1e9))
		return why_set(why, "must be a number of seconds from 0.1 on");
	*(double *)target = n;
	return 0;
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
	{SECTION_DIAGNOSTICS, 0, "stats", "json", .may_stand_alone = true,
         OPTION_OWN(struct common_options, stats, set_stats),
         .help = "a summary on exit and on SIGUSR1, on stderr"},
	{SECTION_DIAGNOSTICS, 0, "stats-every", "SECONDS",
         OPTION_OWN(struct common_options, stats_every, set_stats_every),
         .help = "the same every so many seconds, and on exit",
         .more = "From 0.1 on, in the form that --stats says. Rates are of the time since the "
                 "report before; in the last report of the whole run."},
	{SECTION_DIAGNOSTICS, 0, "ready-fd", "N",
         OPTION_OWN(struct common_options, ready_fd, option_read_descriptor),
         .help = "write a line to file descriptor N when both ends work",
         .more = "It is one of its own (from 3 on) that is open for writing."},
	{SECTION_DIAGNOSTICS, 'V', "version", NULL, .kind = KIND_VERSION,
         .help = "print the version"},
	{SECTION_DIAGNOSTICS, 'h', "help", NULL, .kind = KIND_HELP, .help = "print this"},
	{SECTION_DIAGNOSTICS, 0, "dump-options", NULL, .kind = KIND_DUMP, .help = NULL},
	{.name = NULL},
};
