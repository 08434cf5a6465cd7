/* Command lines, the log, the statistics. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/histogram.h"
#include "base/log.h"
#include "base/options.h"
#include "base/stats.h"

static bool flag;
static const char *text;
static uint64_t number;
static int choice;
static struct option_strings list;
static const char *const colours[] = {"red", "green", NULL};

static const struct option_spec specs[] = {
	{'f', "flag", NULL, "a flag", option_flag, &flag, 0, 0, NULL},
	{'t', "text", "TEXT", "a text", option_string, &text, 0, 0, NULL},
	{'n', "number", "N", "a number", option_unsigned, &number, 3, 10, NULL},
	{0, "colour", "COLOUR", "a colour", option_choice, &choice, 0, 0, colours},
	{0, "item", "ITEM", "an item", option_list, &list, 0, 0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};
static const struct option_spec *const tables[] = {specs, NULL};

static void parse(bool accept_unknown, char *words)
{
	static char *argv[16];
	struct option_usage usage = {"[options]", "Does nothing.", tables, accept_unknown};
	int argc = 0;

	argv[argc++] = "/usr/bin/tool";
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 1;
	options_parse(argc, argv, &usage);
}

Test(options, every_kind_is_read)
{
	char words[] = "-f -t hello --number=7 --colour green --item a --item b --stats=json "
		       "--ready-fd 9 -v";

	parse(false, words);
	cr_assert(flag);
	cr_assert_str_eq(text, "hello");
	cr_assert_eq(number, 7);
	cr_assert_eq(choice, 1);
	cr_assert_eq(list.count, 2);
	cr_assert_str_eq(list.item[1], "b");
	cr_assert_eq(common_options.stats, STATS_JSON);
	cr_assert_eq(common_options.ready_fd, 9);
	cr_assert(log_shows(LOG_INFO));
	cr_assert_not(log_shows(LOG_DEBUG));
}

#define REFUSED(name, line, words_of_error)                                                        \
	static void check_##name(void)                                                             \
	{                                                                                          \
		char out[512] = "";                                                                \
		fflush(stderr);                                                                    \
		FILE *f = cr_get_redirected_stderr();                                              \
		size_t n = fread(out, 1, sizeof out - 1, f);                                       \
		out[n] = '\0';                                                                     \
		if (!strstr(out, words_of_error))                                                  \
			_exit(99);                                                                 \
	}                                                                                          \
	Test(options, refuses_##name, .exit_code = 2)                                              \
	{                                                                                          \
		char words[] = line;                                                               \
		cr_redirect_stderr();                                                              \
		atexit(check_##name);                                                              \
		parse(false, words);                                                               \
	}

REFUSED(an_unknown_option, "--nothing", "--nothing")
REFUSED(an_unknown_letter, "-x", "-x: unknown option")
REFUSED(an_operand, "word", "'word': unexpected argument")
REFUSED(a_missing_argument, "-t", "-t needs an argument")
REFUSED(a_number_below, "-n 2", "whole number from 3 to 10")
REFUSED(a_number_above, "-n 11", "whole number from 3 to 10")
REFUSED(a_negative_number, "-n -5", "whole number from 3 to 10")
REFUSED(a_number_with_a_tail, "-n 5x", "--number '5x'")
REFUSED(a_wrong_choice, "--colour blue", "must be one of red green")
REFUSED(a_wrong_form_of_statistics, "--stats=xml", "must be json")

Test(options, wireshark_may_pass_what_we_do_not_know)
{
	char words[] = "--extcap-future=1 -Z operand -t hello";

	parse(true, words);
	cr_assert_str_eq(text, "hello");
}

static void read_stderr(char *out, size_t size)
{
	FILE *f = cr_get_redirected_stderr();

	fflush(stderr);
	close(STDERR_FILENO);
	out[fread(out, 1, size - 1, f)] = '\0';
}

Test(log, what_comes_from_outside_cannot_forge_lines)
{
	char out[256];

	cr_redirect_stderr();
	log_open("/usr/bin/tool");
	log_error("%s", "a\nb\033[2Jc\x7f");
	read_stderr(out, sizeof out);
	cr_assert_str_eq(out, "tool: a\\x0ab\\x1b[2Jc\\x7f\n");
}

Test(stats, one_json_line)
{
	static struct counter counters[] = {{"read", 0}, {"dropped", 0}};
	char out[256];

	cr_redirect_stderr();
	log_open("tool");
	stats_register("uplink", counters, 2);
	stats_add(&counters[0], 3);
	stats_report(STATS_JSON);
	read_stderr(out, sizeof out);
	cr_assert_str_eq(out, "{\"tool\":\"tool\",\"uplink.read\":3,\"uplink.dropped\":0}\n");
}

/* --- delays --- */

static uint64_t value_of(const char *report, const char *name)
{
	const char *at = strstr(report, name);

	cr_assert_not_null(at, "%s in %s", name, report);
	return strtoull(at + strlen(name) + 2, NULL, 10);
}

Test(delay, percentiles_are_within_an_eighth)
{
	static struct delay d;
	char out[512];

	cr_redirect_stderr();
	delay_register(&d, "downlink");
	for (int64_t us = 1; us <= 10000; us++)
		delay_note(&d, 1000000000, 1000000000 + us * 1000);
	delay_note(&d, 1000000000, 999995000);
	for (int i = 0; i < 30000; i++)
		delay_note(&d, 0, 1000000000); /* without a time */
	stats_report(STATS_JSON);
	read_stderr(out, sizeof out);
	uint64_t p50 = value_of(out, "delay_p50_us"), p99 = value_of(out, "delay_p99_us");
	cr_assert(p50 >= 5000 && p50 <= 5000 * 9 / 8, "%s", out);
	cr_assert(p99 >= 9900 && p99 <= 9900 * 9 / 8, "%s", out);
	cr_assert_eq(value_of(out, "delay_max_us"), 10000);
}

Test(delay, any_length_has_a_bucket)
{
	static struct delay d;

	static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1,       0,
	                                1,         INT64_MAX - 1, INT64_MAX};

	for (int shift = 0; shift < 63; shift++)
		delay_note(&d, 1, (int64_t)1 << shift);
	for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
		for (unsigned k = 0; k < sizeof times / sizeof times[0]; k++)
			delay_note(&d, times[i], times[k]);
	cr_assert_eq(stats_get(&d.counters[2]), UINT64_MAX / 1000);
}
