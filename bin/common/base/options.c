#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/stats.h"
#include "base/text.h"
#include "base/version.h"

enum { SPECS_MAX = 96, LONG_ONLY = 256 };

struct common_options common_options = {.stats = STATS_NONE, .ready_fd = -1};

int option_flag(const struct option_spec *spec, char *value, const char **why)
{
	(void)value;
	(void)why;
	*(bool *)spec->target = true;
	return 0;
}

int option_string(const struct option_spec *spec, char *value, const char **why)
{
	if (!*value) {
		*why = "is empty";
		return -1;
	}
	*(const char **)spec->target = value;
	return 0;
}

int option_unsigned(const struct option_spec *spec, char *value, const char **why)
{
	static char text[96];
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno || n < spec->minimum ||
	    n > spec->maximum) {
		snprintf(text, sizeof text, "must be a whole number from %llu to %llu",
		         (unsigned long long)spec->minimum, (unsigned long long)spec->maximum);
		*why = text;
		return -1;
	}
	*(uint64_t *)spec->target = n;
	return 0;
}

int option_choice(const struct option_spec *spec, char *value, const char **why)
{
	static char text[160];
	size_t used = (size_t)snprintf(text, sizeof text, "must be one of");

	for (int i = 0; spec->choices[i]; i++) {
		if (strcmp(value, spec->choices[i]) == 0) {
			*(int *)spec->target = i;
			return 0;
		}
		if (used < sizeof text)
			used += (size_t)snprintf(text + used, sizeof text - used, " %s",
			                         spec->choices[i]);
	}
	*why = text;
	return -1;
}

int option_list(const struct option_spec *spec, char *value, const char **why)
{
	struct option_strings *list = spec->target;

	if (!*value) {
		*why = "is empty";
		return -1;
	}
	if (list->count == OPTION_LIST_MAX) {
		*why = "is given too many times";
		return -1;
	}
	list->item[list->count++] = value;
	return 0;
}

static int set_more(const struct option_spec *spec, char *value, const char **why)
{
	(void)spec;
	(void)value;
	(void)why;
	log_more();
	return 0;
}

static int set_less(const struct option_spec *spec, char *value, const char **why)
{
	(void)spec;
	(void)value;
	(void)why;
	log_less();
	return 0;
}

static int set_stats(const struct option_spec *spec, char *value, const char **why)
{
	(void)spec;
	if (value && strcmp(value, "json") != 0) {
		*why = "must be json, or --stats alone";
		return -1;
	}
	common_options.stats = value ? STATS_JSON : STATS_TEXT;
	return 0;
}

static int set_ready_fd(const struct option_spec *spec, char *value, const char **why)
{
	uint64_t fd;
	struct option_spec number = *spec;

	number.target = &fd;
	if (option_unsigned(&number, value, why) < 0)
		return -1;
	common_options.ready_fd = (int)fd;
	return 0;
}

static const struct option_spec common_specs[] = {
	{'v', "verbose", NULL, "say more: connections, what is left out and why", set_more, NULL, 0,
         0, NULL},
	{'q', "quiet", NULL, "say less: errors only", set_less, NULL, 0, 0, NULL},
	{0, "stats", "[=json]", "a summary on exit and on SIGUSR1, on stderr", set_stats, NULL, 0,
         0, NULL},
	{0, "ready-fd", "N", "write a line to file descriptor N when both ends work", set_ready_fd,
         NULL, 0, 1 << 20, NULL},
	{'V', "version", NULL, "print the version", NULL, NULL, 0, 0, NULL},
	{'h', "help", NULL, "print this", NULL, NULL, 0, 0, NULL},
	{0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static bool is_optional(const struct option_spec *spec)
{
	return spec->argument && spec->argument[0] == '[';
}

static void print_spec(const struct option_spec *spec)
{
	char left[80];
	const char *gap = !spec->argument || is_optional(spec) ? "" : " ";

	if (spec->letter)
		snprintf(left, sizeof left, "-%c, --%s%s%s", spec->letter, spec->name, gap,
		         spec->argument ? spec->argument : "");
	else
		snprintf(left, sizeof left, "    --%s%s%s", spec->name, gap,
		         spec->argument ? spec->argument : "");
	printf(strlen(left) > 29 ? "  %s\n%33s%s\n" : "  %-30s %s%s\n", left,
	       strlen(left) > 29 ? "" : spec->help, strlen(left) > 29 ? spec->help : "");
}

static void print_usage(const struct option_usage *usage)
{
	printf("Usage: %s %s\n%s\n\n", log_name(), usage->synopsis, usage->summary);
	for (const struct option_spec *const *table = usage->tables; *table; table++)
		for (const struct option_spec *spec = *table; spec->name; spec++)
			print_spec(spec);
	for (const struct option_spec *spec = common_specs; spec->name; spec++)
		print_spec(spec);
}

void usage_error(const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	die(EXIT_USAGE, "%s (see %s --help)", text, log_name());
}

/* getopt's own tables, made from ours. */
struct getopt_tables {
	char letters[2 * SPECS_MAX + 2];
	int letter_count;
	struct option longs[SPECS_MAX + 1];
	const struct option_spec *specs[SPECS_MAX];
	int count;
};

static void add_table(struct getopt_tables *g, const struct option_spec *table)
{
	for (const struct option_spec *spec = table; spec->name; spec++) {
		int argument = !spec->argument     ? no_argument
		               : is_optional(spec) ? optional_argument
		                                   : required_argument;

		if (g->count == SPECS_MAX)
			die(EXIT_USAGE, "more than %d options in the tables", SPECS_MAX);
		g->longs[g->count] =
			(struct option){spec->name, argument, NULL, LONG_ONLY + g->count};
		g->specs[g->count++] = spec;
		if (spec->letter) {
			g->letters[g->letter_count++] = spec->letter;
			if (argument != no_argument)
				g->letters[g->letter_count++] = ':';
		}
	}
}

static const struct option_spec *find_spec(const struct getopt_tables *g, int code)
{
	if (code >= LONG_ONLY)
		return g->specs[code - LONG_ONLY];
	for (int i = 0; i < g->count; i++)
		if (g->specs[i]->letter == code)
			return g->specs[i];
	return NULL;
}

static void apply(const struct option_spec *spec, const struct option_usage *usage, char *value)
{
	const char *why = "cannot be used";

	if (!spec->set) {
		if (spec->letter == 'V')
			printf("%s %s\n", log_name(), FRAMEBUS_VERSION);
		else
			print_usage(usage);
		if (fflush(stdout) != 0)
			die(EXIT_RUNNING, "standard output: %s", strerror(errno));
		exit(EXIT_OK);
	}
	if (spec->set(spec, value, &why) < 0) {
		if (value)
			usage_error("--%s '%s': %s", spec->name, value, why);
		usage_error("--%s: %s", spec->name, why);
	}
}

/* "--file-size or --file-seconds": the options that begin as the word does; "" where there are
 * none. */
static const char *candidates(const struct getopt_tables *g, const char *word)
{
	static char names[1024];
	struct text t = {names, sizeof names, 0};
	size_t length = strcspn(word, "=");

	for (int i = 0; length > 2 && i < g->count; i++)
		if (strncmp(g->specs[i]->name, word + 2, length - 2) == 0)
			text_add(&t, "%s--%s", t.length ? " or " : "", g->specs[i]->name);
	return names;
}

static _Noreturn void refuse_option(const struct getopt_tables *g, const char *word)
{
	if (optopt >= LONG_ONLY)
		usage_error("--%s: takes no argument", g->specs[optopt - LONG_ONLY]->name);
	if (optopt > 0)
		usage_error("-%c: unknown option", optopt);
	if (*candidates(g, word))
		usage_error("%s: could be %s", word, candidates(g, word));
	usage_error("%s: unknown option", word);
}

/* A descriptor that is closed would be that of the first file to be opened, which then takes its
 * octets. In the wrong direction /dev/null fails as the closed one would. */
static void fill_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
}

const char *path_in_words(const char *path, const char *standard)
{
	return strcmp(path, "-") == 0 ? standard : path;
}

void options_parse(int argc, char **argv, const struct option_usage *usage)
{
	static struct getopt_tables g;

	fill_standard_streams();
	log_open(argv[0]);
	g.letters[g.letter_count++] = ':'; /* a missing argument is told from an unknown option */
	for (const struct option_spec *const *table = usage->tables; *table; table++)
		add_table(&g, *table);
	add_table(&g, common_specs);

	opterr = 0;
	for (int code; (code = getopt_long(argc, argv, g.letters, g.longs, NULL)) != -1;) {
		const struct option_spec *spec = find_spec(&g, code);

		if (code == ':' && !usage->accept_unknown)
			usage_error("%s needs an argument", argv[optind - 1]);
		if (spec)
			apply(spec, usage, optarg);
		else if (!usage->accept_unknown)
			refuse_option(&g, argv[optind - 1]);
	}
	if (optind < argc && !usage->accept_unknown)
		usage_error("'%s': unexpected argument", argv[optind]);
}

void report_ready(void)
{
	int fd = common_options.ready_fd;

	if (fd < 0)
		return;
	common_options.ready_fd = -1;
	if (write(fd, "ready\n", 6) != 6)
		log_warning("--ready-fd %d: %s", fd, strerror(errno));
	close(fd);
}
