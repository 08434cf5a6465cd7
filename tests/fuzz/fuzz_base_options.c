/* Any words as a command line, a newline between two, to a table that has every kind of option:
 * they are read, or refused with words; of a login nothing is said. Nothing ends the process: that
 * is options_parse, which does what options_read says. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "base/secret.h"
#include "fuzz_memory.h"

enum { WORDS_MAX = 40, ACCEPT_UNKNOWN = 1 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

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
	if (value && *value == '!')
		return why_set(why, "begins with a mark");
	*(int *)target = 1;
	return 0;
}

static const struct option_spec specs[] = {
	{SECTION_AGENTS, 'f', "flag", NULL, OPTION_FLAG(struct values, flag), .help = "a flag"},
	{SECTION_AGENTS, 't', "text", "TEXT", OPTION_TEXT(struct values, text), .help = "a text"},
	{SECTION_OUTPUT, 'r', "read", "FILE", OPTION_FILE(struct values, file), .standard = "none",
         .help = "a file"},
	{SECTION_BUS, 's', "password-file", "FILE", OPTION_FILE(struct values, file),
         .help = "a file"},
	{SECTION_BUS, 0, "secret", "WORD", OPTION_SECRET(struct values, secret),
         .help = "a secret"},
	{SECTION_BUS, 'u', "url", "URL", OPTION_URL(struct values, url), .help = "a URL"},
	{SECTION_BUS, 'U', "urls", "URL", OPTION_URLS(struct values, urls), .help = "URLs"},
	{SECTION_AGENTS, 'n', "number", "N", OPTION_UNSIGNED(struct values, number, 3, 10),
         .standard = "4", .help = "a number"},
	{SECTION_AGENTS, 0, "offset", "N", OPTION_SIGNED(struct values, offset, -5, 5),
         .help = "a number"},
	{SECTION_AGENTS, 0, "factor", "N", OPTION_DECIMAL(struct values, factor, 0, 10),
         .help = "a number"},
	{SECTION_AGENTS, 'c', "colour", NULL, OPTION_CHOICE(struct values, colour, colours),
         .help = "a colour"},
	{SECTION_AGENTS, 0, "item", "ITEM", OPTION_TEXTS(struct values, items), .help = "an item"},
	{SECTION_INPUT, 'o', "own", "WORD", .may_stand_alone = true,
         OPTION_OWN(struct values, own, read_own), .help = "own"},
	{.name = NULL},
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Returns their number. Each is memory of its own: nothing beyond its end is read. */
static int split(char *argv[WORDS_MAX + 1], char *text)
{
	int argc = 1;

	argv[0] = strcpy(__wrap_malloc(sizeof "tool"), "tool");
	for (char *word; argc < WORDS_MAX && (word = strsep(&text, "\n"));)
		argv[argc++] = __wrap_strdup(word);
	argv[argc] = NULL;
	return argc;
}

/* As the log says it. */
static void check_words(struct why *why)
{
	require(*why->text && memchr(why->text, 0, sizeof why->text));
	secret_hide(why->text, sizeof why->text);
	require(!strstr(why->text, FUZZ_SECRET));
}

static void check_values(void)
{
	require(values.number >= 3 && values.number <= 10 && values.colour >= 0 &&
	        values.colour < 2);
	require(values.offset >= -5 && values.offset <= 5 && values.factor >= 0 &&
	        values.factor <= 10);
	require(values.items.count <= OPTION_LIST_MAX && values.urls.count <= OPTION_LIST_MAX);
	for (size_t i = 0; i < values.urls.count; i++)
		require(*values.urls.item[i]);
	require(common_options.ready_fd < 0 || common_options.ready_fd > STDERR_FILENO);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* --help is written there. */
	require(freopen("/dev/null", "w", stdout) != NULL);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
	if (fuzz_has_secret(octets, length))
		return 0;
	const struct option_group groups[] = {{specs, &values}, {NULL, NULL}};
	const struct option_usage usage = {.synopsis = "[options]",
	                                   .summary = "Does nothing.",
	                                   .groups = groups,
	                                   .accept_unknown = length && octets[0] & ACCEPT_UNKNOWN,
	                                   .first_word = "connect"};
	char *argv[WORDS_MAX + 1];
	struct why why = {0};

	values = (struct values){0};
	common_options = (struct common_options){.ready_fd = -1};
	int argc = split(argv, fuzz_text(octets, length));
	int status = options_read(argc, argv, &usage, &why);
	require(status >= -1 && status <= 1);
	if (status < 0)
		check_words(&why);
	if (status == 0)
		check_values();
	fuzz_release();
	return 0;
}
