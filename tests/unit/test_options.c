/* Command lines, the log, the statistics. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/histogram.h"
#include "base/log.h"
#include "base/options.h"
#include "base/stats.h"

static const char *const colours[] = {"red", "green", NULL};

static struct values {
	bool flag;
	const char *text, *file, *secret, *url;
	uint64_t number;
	int64_t offset;
	double factor;
	int colour, own;
	struct option_strings items, urls;
} values;

static int read_own(void *target, const char *value, struct why *why)
{
	if (value && strcmp(value, "right") != 0)
		return why_set(why, "must be right");
	*(int *)target = value ? 2 : 1;
	return 0;
}

static int check_item(const char *value, struct why *why)
{
	return *value == '!' ? why_set(why, "begins with a mark") : 0;
}

static const struct option_spec specs[] = {
	{SECTION_AGENTS, 'f', "flag", NULL, OPTION_FLAG(struct values, flag), .help = "a flag"},
	{SECTION_AGENTS, 't', "text", "TEXT", OPTION_TEXT(struct values, text), .help = "a text"},
	{SECTION_OUTPUT, 0, "file", "FILE", OPTION_FILE(struct values, file),
         .variable = "TEST_OPTIONS_FILE", .standard = "none", .help = "a \"file\""},
	{SECTION_BUS, 0, "secret", "WORD", OPTION_SECRET(struct values, secret),
         .help = "a secret"},
	{SECTION_BUS, 0, "url", "URL", OPTION_URL(struct values, url),
         .variable = "TEST_OPTIONS_URL", .help = "a URL"},
	{SECTION_BUS, 0, "urls", "URL", OPTION_URLS(struct values, urls),
         .standard = "a://u:p@h b://h", .help = "URLs"},
	{SECTION_AGENTS, 'n', "number", "N", OPTION_UNSIGNED(struct values, number, 3, 10),
         .variable = "TEST_OPTIONS_NUMBER", .standard = "4", .help = "a number"},
	{SECTION_AGENTS, 0, "offset", "N", OPTION_SIGNED(struct values, offset, -5, 5),
         .help = "a number with a sign"},
	{SECTION_AGENTS, 0, "factor", "FACTOR", OPTION_DECIMAL(struct values, factor, 0, 10),
         .help = "a number with a point"},
	{SECTION_AGENTS, 0, "colour", NULL, OPTION_CHOICE(struct values, colour, colours),
         .standard = "green", .help = "a colour"},
	{SECTION_AGENTS, 0, "item", "ITEM", OPTION_TEXTS(struct values, items), .check = check_item,
         .standard = "one two", .otherwise = "a few", .help = "an item"},
	{SECTION_INPUT, 0, "own", "WORD", .may_stand_alone = true,
         OPTION_OWN(struct values, own, read_own),
         .help = "a sentence that is so long that it goes on in a second line, wherever that is"},
	{.name = NULL},
};

static const struct option_group groups[] = {{specs, &values}, {NULL, NULL}};
static struct why why;

/* What is read points into the words: they live as long as the test. */
static char *kept[128];
static unsigned kept_count;

static int read_with(const struct option_addition *additions, bool accept_unknown, const char *line)
{
	char *words = kept[kept_count++] = strdup(line);
	static char *argv[16];
	const struct option_usage usage = {"[options]", "Does nothing.", groups,
	                                   additions,   accept_unknown,  "connect"};
	int argc = 0;

	argv[argc++] = "/usr/bin/tool";
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	why.text[0] = '\0';
	return options_read(argc, argv, &usage, &why);
}

static bool has(const char *text, const char *words)
{
	return strstr(text, words);
}

#define READ(line) read_with(NULL, false, line)

Test(options, every_kind_is_read)
{
	cr_assert_eq(dup2(STDERR_FILENO, 9), 9);
	cr_assert_eq(READ("-f -t hello --number=7 --colour red --item a --item b --stats=json "
	                  "--ready-fd 9 -v"),
	             0, "%s", why.text);
	cr_assert_eq(READ("--file - --secret s --url a://b --offset -5 --factor 0.5 --own=right"),
	             0, "%s", why.text);
	cr_assert(values.flag);
	cr_assert_str_eq(values.text, "hello");
	cr_assert_str_eq(values.file, "-");
	cr_assert_str_eq(values.secret, "s");
	cr_assert_str_eq(values.url, "a://b");
	cr_assert_eq(values.offset, -5);
	cr_assert(values.factor == 0.5);
	cr_assert_eq(values.own, 2);
	cr_assert_str_eq(values.items.item[1], "b");
	cr_assert_eq(common_options.stats, STATS_JSON);
	cr_assert_eq(common_options.ready_fd, 9);
	cr_assert(log_shows(LOG_INFO));
	cr_assert_not(log_shows(LOG_DEBUG));
}

Test(options, what_is_given_beats_the_variable_and_that_the_default)
{
	setenv("TEST_OPTIONS_NUMBER", "", 1);
	cr_assert_eq(READ(""), 0);
	cr_assert_eq(values.number, 4, "an empty variable is none");
	cr_assert_str_eq(values.file, "none");
	cr_assert_eq(values.colour, 1);
	cr_assert_eq(values.items.count, 2);
	cr_assert_str_eq(values.items.item[0], "one");
	cr_assert_str_eq(values.items.item[1], "two");
	cr_assert_str_eq(values.urls.item[0], "a://u:p@h");
	cr_assert_null(values.text, "without a default a member stays as it is");
	setenv("TEST_OPTIONS_NUMBER", "5", 1);
	cr_assert_eq(READ(""), 0);
	cr_assert_eq(values.number, 5);
	cr_assert_eq(READ("-n 6"), 0);
	cr_assert_eq(values.number, 6);
	setenv("TEST_OPTIONS_NUMBER", "2", 1);
	cr_assert_eq(READ("-n 6"), 0, "a variable that is not needed is not looked at");
	cr_assert_eq(READ(""), -1);
	cr_assert_str_eq(why.text, "$TEST_OPTIONS_NUMBER '2': must be a whole number from 3 to 10");
}

Test(options, the_last_of_two_counts_and_a_list_has_both)
{
	cr_assert_eq(READ("-n 5 --number 6 --own --item a --item b"), 0);
	cr_assert_eq(values.number, 6);
	cr_assert_eq(values.own, 1);
	cr_assert_eq(values.items.count, 2);
}

Test(options, a_tool_adds_to_a_shared_option)
{
	static const struct option_addition additions[] = {
		{"number", .standard = "9", .variable = "TEST_OPTIONS_OTHER"}, {.name = NULL}};

	setenv("TEST_OPTIONS_NUMBER", "5", 1);
	cr_assert_eq(read_with(additions, false, ""), 0);
	cr_assert_eq(values.number, 9);
	setenv("TEST_OPTIONS_OTHER", "8", 1);
	cr_assert_eq(read_with(additions, false, ""), 0);
	cr_assert_eq(values.number, 8);
}

Test(options, a_list_has_an_end)
{
	char line[OPTION_LIST_MAX * 10 + 20] = "";
	char *argv[OPTION_LIST_MAX + 3] = {"tool"};
	const struct option_usage usage = {.synopsis = "", .summary = "", .groups = groups};

	for (int i = 1; i <= OPTION_LIST_MAX + 1; i++)
		argv[i] = strcpy(line, "--item=a");
	cr_assert_eq(options_read(OPTION_LIST_MAX + 1, argv, &usage, &why), 0, "%s", why.text);
	values.items.count = 0;
	cr_assert_eq(options_read(OPTION_LIST_MAX + 2, argv, &usage, &why), -1);
	cr_assert(has(why.text, "too many times"), "%s", why.text);
}

/* --- what is refused, in these words --- */

static const struct {
	const char *line, *words;
} refused[] = {
	{"--nothing", "--nothing: no such option"},
	{"--nothing=1", "--nothing: no such option"},
	{"-x", "-x: no such option"},
	{"-fx", "-x: no such option"},
	{"-\xff\xe8", "-\xff: no such option"},
	{"word", "'word': unexpected argument"},
	{"-t", "-t needs an argument"},
	{"--text", "--text needs an argument"},
	{"--flag=1", "--flag: takes no argument"},
	{"--f", "--f: could be --flag or --file or --factor"},
	/* no beginning stands for the whole: the value may be for another option */
	{"--tex pass", "--tex: no such option; did you mean --text?"},
	{"--tex=pass", "--tex: no such option; did you mean --text?"},
	{"--tex", "--tex: no such option; did you mean --text?"},
	{"--fla", "--fla: no such option; did you mean --flag?"},
	{"--fla=pass", "--fla: no such option; did you mean --flag?"},
	{"-f --num 5", "--num: no such option; did you mean --number?"},
	{"--secre pass", "--secre: no such option; did you mean --secret?"},
	{"-t ", "-t needs an argument"},
	{"--text=", "--text '': is empty"},
	{"-n 2", "--number '2': must be a whole number from 3 to 10"},
	{"-n 11", "--number '11': must be a whole number from 3 to 10"},
	{"-n -5", "--number '-5': must be a whole number from 3 to 10"},
	{"-n 5x", "--number '5x': must be a whole number from 3 to 10"},
	{"-n +5", "--number '+5': must be a whole number from 3 to 10"},
	{"-n 0x5", "--number '0x5': must be a whole number from 3 to 10"},
	{"-n 18446744073709551621", "--number '18446744073709551621': must be a whole number"},
	{"--offset 6", "--offset '6': must be a whole number from -5 to 5"},
	{"--offset -6", "--offset '-6': must be a whole number from -5 to 5"},
	{"--offset --5", "--offset '--5': must be a whole number from -5 to 5"},
	{"--offset 1.", "--offset '1.': must be a whole number from -5 to 5"},
	{"--factor nan", "--factor 'nan': must be a number from 0 to 10"},
	{"--factor inf", "--factor 'inf': must be a number from 0 to 10"},
	{"--factor 10.1", "--factor '10.1': must be a number from 0 to 10"},
	{"--factor 1x", "--factor '1x': must be a number from 0 to 10"},
	{"--colour blue", "--colour 'blue': must be one of red green"},
	{"--colour re", "--colour 're': must be one of red green"},
	{"--colour RED", "--colour 'RED': must be one of red green; did you mean red?"},
	{"--colour gren", "--colour 'gren': must be one of red green; did you mean green?"},
	{"--colour=gre-en", "--colour 'gre-en': must be one of red green; did you mean green?"},
	{"--item !a", "--item '!a': begins with a mark"},
	{"--own=wrong", "--own 'wrong': must be right"},
	{"--file --filee",
         "--file needs an argument: --filee behind it looks like an option (./--filee for"},
	{"--file -n5",
         "--file needs an argument: -n5 behind it looks like an option (./-n5 for a file"},
	{"--file --pass:w@h", "--file needs an argument: -... behind it looks like an option"},
	{"--text --texxt=pass",
         "--text needs an argument: --texxt behind it looks like an option (--text=--t"},
	{"-t --texxt",
         "-t needs an argument: --texxt behind it looks like an option (--text=--texxt if"},
	{"--stats=xml", "--stats 'xml': must be json"},
	{"--ready-fd -1", "--ready-fd '-1': is no descriptor: must be a whole number from 3 to"},
	{"--ready-fd 0", "--ready-fd '0': is a standard stream"},
	{"--ready-fd 1", "--ready-fd '1': is a standard stream"},
	{"--ready-fd 2", "--ready-fd '2': is a standard stream"},
	{"--ready-fd 900", "--ready-fd '900': is not open"},
	{"--file a --file b", "--file: is given twice, and takes one"},
	{"--file=a --number 5 --file=a", "--file: is given twice, and takes one"},
	/* the nearest one is named, where one is near */
	{"--urll", "--urll: no such option; did you mean --url?"},
	{"--colours red", "--colours: no such option; did you mean --colour?"},
	{"--color red", "--color: no such option; did you mean --colour?"},
	{"--verbos3", "--verbos3: no such option; did you mean --verbose?"},
	{"--abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "xyz: no such option"},
	/* what may be a password is not said again */
	{"--urll=amqp://u:pass@h", "--urll: no such option"},
	{"--amqp://u:pass@h", "--...: no such option"},
	{"--flag=pass", "--flag: takes no argument"},
	{"amqp://u:pass@h", "'amqp://...': unexpected argument"},
	{"amqp://u:pass", "'amqp://...': unexpected argument"},
	{"u:pass@h", "'...': unexpected argument"},
	{"http://h/path", "'http://h/path': unexpected argument"},
	{"-n amqp://u:pass@h", "--number 'amqp://...': must be"},
	{"--secret=", "--secret: is empty"},
	{"amqp://u%3Apass@h", "'amqp://...': unexpected argument"},
	{"amqp%3A%2F%2Fu%3Apass%40h", "'...': unexpected argument"},
	{"AMQPS://u:a@pass@h", "'AMQPS://...': unexpected argument"},
	{"http://h/?password=pass", "'http://...': unexpected argument"},
	{"passwd=pass", "'passwd=...': unexpected argument"},
	{"--colour u:pass@h", "--colour '...': must be"},
	{"--colour token=pass", "--colour 'token=...': must be"},
};

Test(options, refuses)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cr_expect_eq(READ(refused[i].line), -1, "%s", refused[i].line);
		cr_expect(has(why.text, refused[i].words), "%s: %s", refused[i].line, why.text);
		cr_expect_not(has(why.text, "pass") && !has(why.text, "passwd="), "%s: %s",
		              refused[i].line, why.text);
	}
}

static void read_stderr(char *out, size_t size);

static void check_end(void)
{
	char out[512] = "";

	read_stderr(out, sizeof out);
	if (strcmp(out,
	           "tool: --number '2': must be a whole number from 3 to 10 (see tool --help)\n"))
		_exit(99);
}

Test(options, wrong_usage_ends_the_tool, .exit_code = 2)
{
	char *argv[] = {"/usr/bin/tool", "-n", "2", NULL};
	const struct option_usage usage = {.synopsis = "", .summary = "", .groups = groups};

	cr_redirect_stderr();
	atexit(check_end);
	options_parse(3, argv, &usage);
}

static void check_login(void)
{
	char out[512] = "";

	read_stderr(out, sizeof out);
	if (!strstr(out, "--name 'amqp://...@host/': must be a name") || strstr(out, "word"))
		_exit(99);
}

Test(options, a_login_is_in_no_words_of_wrong_usage, .exit_code = 2)
{
	cr_redirect_stderr();
	atexit(check_login);
	log_open("tool");
	usage_error("--name '%s': must be a name", "amqp://user:word@host/");
}

Test(options, passwords_leave_the_command_line)
{
	char url[] = "amqp://user:word@host", secret[] = "word";
	char *argv[] = {"tool", "--url", url, "--secret", secret, NULL};
	const struct option_usage usage = {.synopsis = "", .summary = "", .groups = groups};

	setenv("TEST_OPTIONS_URL", "amqp://user:word@host", 1);
	cr_assert_eq(options_read(5, argv, &usage, &why), 0, "%s", why.text);
	cr_assert_str_eq(url, "amqp://user:xxxx@host");
	cr_assert_str_eq(secret, "xxxx");
	cr_assert_str_eq(values.url, "amqp://user:word@host");
	cr_assert_str_eq(values.secret, "word");
	free((char *)values.url);
	cr_assert_eq(options_read(1, argv, &usage, &why), 0, "%s", why.text);
	cr_assert_str_eq(getenv("TEST_OPTIONS_URL"), "amqp://user:word@host", "as it was");
}

Test(options, a_descriptor_that_is_only_read_is_refused)
{
	int fds[2];
	char line[32];

	cr_assert_eq(pipe(fds), 0);
	snprintf(line, sizeof line, "--ready-fd %d", fds[0]);
	cr_assert_eq(READ(line), -1);
	cr_assert(has(why.text, "is not open for writing"), "%s", why.text);
	snprintf(line, sizeof line, "--ready-fd %d", fds[1]);
	cr_assert_eq(READ(line), 0, "%s", why.text);
}

static char misspelt[][40] = {"tool",       "--urll=amqp://u:word@h", "--passwd", "word",
                              "--pwd=word", "amqp://u%3Aword@h",      "u:word@h", "--text",
                              "a:b@c"};

static void check_blanked(void)
{
	for (size_t i = 0; i < sizeof misspelt / sizeof misspelt[0]; i++)
		if (strstr(misspelt[i], "word"))
			_exit(99);
}

Test(options, passwords_leave_a_command_line_that_is_refused, .exit_code = 2)
{
	char *argv[10] = {NULL};
	const struct option_usage usage = {.synopsis = "", .summary = "", .groups = groups};

	for (size_t i = 0; i < 9; i++)
		argv[i] = misspelt[i];
	cr_redirect_stderr();
	atexit(check_blanked);
	options_parse(9, argv, &usage);
}

/* What Wireshark is given and we do not know stays in the list of processes as long as we run. */
Test(options, passwords_leave_what_is_passed_over)
{
	char *argv[10] = {NULL};
	const struct option_usage usage = {
		.synopsis = "", .summary = "", .groups = groups, .accept_unknown = true};

	for (size_t i = 0; i < 9; i++)
		argv[i] = misspelt[i];
	cr_assert_eq(options_read(9, argv, &usage, &why), 0, "%s", why.text);
	for (size_t i = 0; i < 9; i++)
		cr_expect_not(has(misspelt[i], "word"), "%s", misspelt[i]);
	cr_assert_str_eq(values.text, "a:b@c", "what is read is not written to");
}

Test(options, a_first_word_is_passed_over)
{
	cr_assert_eq(READ("connect -t hello"), 0, "%s", why.text);
	cr_assert_str_eq(values.text, "hello");
	cr_assert_eq(READ("-t hello connect"), 0, "%s", why.text);
	cr_assert_eq(READ("connect connect"), -1);
	cr_assert_eq(READ("disconnect connect"), -1);
	cr_assert(has(why.text, "'disconnect': unexpected"), "%s", why.text);
}

Test(options, wireshark_may_pass_what_we_do_not_know)
{
	cr_assert_eq(read_with(NULL, true, "--extcap-future=1 -Z operand -t hello"), 0);
	cr_assert_str_eq(values.text, "hello");
}

/* --- what is printed --- */

static void read_stdout(char *out, size_t size)
{
	FILE *f = cr_get_redirected_stdout();

	fflush(stdout);
	close(STDOUT_FILENO);
	out[fread(out, 1, size - 1, f)] = '\0';
}

Test(options, help_has_sections_and_80_columns)
{
	static char out[8192];

	cr_redirect_stdout();
	cr_assert_eq(READ("--help"), 1);
	read_stdout(out, sizeof out);
	cr_expect(has(out, "\nAgents:\n  -f, --flag                a flag\n"), "%s", out);
	cr_expect(has(out, "\n  -n, --number N            a number (default $TEST_OPTIONS_NUMBER, "
	                   "else 4)\n"),
	          "%s", out);
	cr_expect(has(out, "\n      --colour red|green    a colour (default green)\n"), "%s", out);
	cr_expect(has(out, "an item (repeatable, default: a few)\n"), "%s", out);
	cr_expect(has(out, "--own[=WORD]          a sentence that is so long that it goes on in "
	                   "a\n                            second line, wherever that is\n"),
	          "%s", out);
	cr_expect_not(has(out, "--dump-options"), "%s", out);
	const char *input = strstr(out, "\nInput:\n"), *output = strstr(out, "\nOutput:\n"),
		   *bus = strstr(out, "\nBus:\n");
	cr_expect(input && input < output && output < bus, "%s", out);
	for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
		cr_expect(strlen(line) <= 80, "%s", line);
}

Test(options, the_table_is_printed_as_json)
{
	static char out[8192];

	cr_redirect_stdout();
	cr_assert_eq(READ("--dump-options"), 1);
	read_stdout(out, sizeof out);
	cr_expect(has(out, "\n{\"option\": \"file\", \"argument\": \"FILE\", \"kind\": \"file\", "
	                   "\"section\": \"Output\", \"repeatable\": false, \"alone\": false, "
	                   "\"variable\": \"TEST_OPTIONS_FILE\", \"default\": \"none\", "
	                   "\"help\": \"a \\\"file\\\"\"}\n"),
	          "%s", out);
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

/* A bucket ends above what is in it: the median of one delay is that delay. */
Test(delay, no_percentile_is_above_the_maximum)
{
	static struct delay d;
	char out[512];

	cr_redirect_stderr();
	delay_register(&d, "downlink");
	delay_note(&d, 1000000000, 1000000000 + 1025 * 1000); /* a bucket of 1024 to 1151 */
	stats_report(STATS_JSON);
	read_stderr(out, sizeof out);
	cr_assert_eq(value_of(out, "delay_max_us"), 1025, "%s", out);
	cr_assert_eq(value_of(out, "delay_p50_us"), 1025, "%s", out);
	cr_assert_eq(value_of(out, "delay_p99_us"), 1025, "%s", out);
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

/* --- credentials of a service --- */

Test(options, a_credential_is_a_file_of_the_service)
{
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
	cr_assert(eq(int, READ("--file credential:password"), 0));
	cr_assert(eq(str, (char *)values.file, "/run/credentials/x/password"));
}

Test(options, what_is_no_credential)
{
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
	cr_assert(eq(int, READ("--file ./credential:x"), 0));
	cr_assert(eq(str, (char *)values.file, "./credential:x"));
	cr_assert(eq(int, READ("--file credential:"), -1));
	cr_assert(eq(int, READ("--file credential:../shadow"), -1));
	cr_assert(eq(int, READ("--file credential:.."), -1));
	cr_assert(ne(ptr, strstr(why.text, "without slashes"), NULL));
	unsetenv("CREDENTIALS_DIRECTORY");
	cr_assert(eq(int, READ("--file credential:password"), -1));
	cr_assert(ne(ptr, strstr(why.text, "CREDENTIALS_DIRECTORY"), NULL));
}
