#include "base/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/notify.h"
#include "base/options_internal.h"
#include "base/secret.h"
#include "base/stats.h"
#include "base/text.h"

enum { PRINTED = 1 };

void usage_error(const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	secret_hide_login(text);
	die(EXIT_USAGE, "%s (see %s --help)", text, log_name());
}

bool option_takes_value(const struct option_spec *spec)
{
	return spec->argument || spec->choices;
}

/* --- the tables, laid side by side --- */

static void add_to(struct option_entry *entry, const struct option_addition *additions)
{
	for (const struct option_addition *a = additions; a && a->name; a++) {
		if (strcmp(a->name, entry->spec.name) != 0)
			continue;
		if (a->variable)
			entry->spec.variable = a->variable;
		if (a->standard)
			entry->spec.standard = a->standard;
		if (a->otherwise)
			entry->spec.otherwise = a->otherwise;
		if (a->needs)
			entry->spec.needs = a->needs;
		entry->idle = a->idle;
		entry->added = a->more;
	}
}

static int add_table(struct option_entries *all, const struct option_group *group,
                     const struct option_addition *additions, struct why *why)
{
	for (const struct option_spec *spec = group->specs; spec->name; spec++) {
		/* A tool's own --json says what it writes; with --check, both. */
		if (group->into == &common_options && options_find(all, spec->name))
			continue;
		if (all->count == OPTIONS_MAX)
			return why_set(why, "more than %d options in the tables", OPTIONS_MAX);
		all->entry[all->count] = (struct option_entry){.spec = *spec, .into = group->into};
		add_to(&all->entry[all->count++], additions);
	}
	return 0;
}

static int add_tables(struct option_entries *all, const struct option_usage *usage, struct why *why)
{
	const struct option_group common = {options_common_specs, &common_options};

	for (const struct option_group *group = usage->groups; group && group->specs; group++)
		if (add_table(all, group, usage->additions, why) < 0)
			return -1;
	return add_table(all, &common, usage->additions, why);
}

/* --- getopt's own tables, made from ours --- */

struct getopt_tables {
	char letters[2 * OPTIONS_MAX + 2];
	struct option longs[OPTIONS_MAX + 1];
};

static void make_getopt_tables(struct getopt_tables *g, const struct option_entries *all)
{
	char *letter = g->letters;

	*letter++ = ':'; /* a missing argument is told from an unknown option */
	for (unsigned i = 0; i < all->count; i++) {
		const struct option_spec *spec = &all->entry[i].spec;
		int argument = !option_takes_value(spec) ? no_argument
		               : spec->may_stand_alone   ? optional_argument
		                                         : required_argument;

		g->longs[i] = (struct option){spec->name, argument, NULL, LONG_ONLY + (int)i};
		if (spec->letter)
			*letter++ = spec->letter;
		if (spec->letter && argument != no_argument)
			*letter++ = ':';
	}
	*letter = '\0';
	g->longs[all->count] = (struct option){0};
}

static struct option_entry *find_entry(struct option_entries *all, int code)
{
	if (code >= LONG_ONLY)
		return &all->entry[code - LONG_ONLY];
	for (unsigned i = 0; i < all->count; i++)
		if (all->entry[i].spec.letter == code)
			return &all->entry[i];
	return NULL;
}

/* The word that the option read last stands in. */
static const char *last_word(char **argv)
{
	bool has_value_behind = optarg && optarg == argv[optind - 1];

	return argv[optind - 1 - has_value_behind];
}

/* --- what is refused --- */

int options_refuse_value(const struct option_spec *spec, const char *value, struct why *why)
{
	char shown[256];
	struct why reason = *why;

	if (!value || spec->kind == KIND_SECRET)
		return why_set(why, "--%s: %s", spec->name, reason.text);
	secret_show(shown, sizeof shown, value);
	return why_set(why, "--%s '%s': %s", spec->name, shown, reason.text);
}

/* --- reading --- */

static int print(const struct option_usage *usage, const struct option_entries *all,
                 enum option_kind kind)
{
	if (kind == KIND_VERSION)
		options_print_version();
	else if (kind == KIND_HELP)
		options_print_help(usage, all);
	else if (kind == KIND_DUMP)
		options_print_table(usage, all);
	else
		options_print_config(all);
	return PRINTED;
}

static int read_word(struct option_entry *entry, struct why *why)
{
	if (option_check_twice(entry, why) < 0)
		return -1;
	entry->given = true;
	/* When all is read it is printed. */
	if (entry->spec.kind == KIND_DUMP_CONFIG)
		return 0;
	if (option_read(&entry->spec, entry->into, optarg, why) < 0)
		return options_refuse_value(&entry->spec, optarg, why);
	options_note_origin(entry, optarg, OPTION_FROM_LINE);
	if (optarg)
		option_blank(&entry->spec, optarg);
	return 0;
}

static int read_words(struct option_entries *all, int argc, char **argv,
                      const struct option_usage *usage, struct why *why)
{
	struct getopt_tables g;

	make_getopt_tables(&g, all);
	opterr = 0;
	optind = 0; /* the GNU way to begin anew */
	for (int code; (code = getopt_long(argc, argv, g.letters, g.longs, NULL)) != -1;) {
		const char *word = last_word(argv);
		struct option_entry *entry =
			options_is_whole(all, code, word) ? find_entry(all, code) : NULL;

		if (code == ':' && options_is_whole(all, optopt, word))
			return why_set(why, "%s needs an argument", word);
		if (!entry && usage->accept_unknown) {
			options_pass_over(all, code, word);
			continue;
		}
		if (!entry)
			return code >= LONG_ONLY ? options_refuse_word(all, word + 2, why)
			                         : options_refuse_unknown(all, word, why);
		if (entry->spec.kind >= KIND_HELP && entry->spec.kind != KIND_DUMP_CONFIG)
			return print(usage, all, entry->spec.kind);
		if (options_check_value(all, &entry->spec, word, optarg, why) < 0 ||
		    read_word(entry, why) < 0)
			return -1;
	}
	if (optind < argc && usage->first_word && strcmp(argv[optind], usage->first_word) == 0)
		optind++;
	if (optind < argc && !usage->accept_unknown)
		return options_refuse_operand(all, argv[optind], why);
	options_blank_rest(argc - optind, argv + optind);
	return 0;
}

static int read_variable(const struct option_entry *entry, const char *value, struct why *why)
{
	char shown[256];

	snprintf(shown, sizeof shown, "$%s", entry->spec.variable);
	if (option_read(&entry->spec, entry->into, value, why) == 0) {
		options_note_origin(entry, value, shown);
		return 0;
	}
	struct why reason = *why;
	secret_show(shown, sizeof shown, entry->spec.kind == KIND_SECRET ? "..." : value);
	return why_set(why, "$%s '%s': %s", entry->spec.variable, shown, reason.text);
}

/* Items of a list live as long as the tool. */
static int read_standard(const struct option_entry *entry, struct why *why)
{
	const struct option_spec *spec = &entry->spec;
	char *items = spec->many ? strdup(spec->standard) : NULL, *rest = items;
	int status = 0;

	if (!spec->many) {
		options_note_origin(entry, spec->standard, OPTION_FROM_DEFAULT);
		return option_read(spec, entry->into, spec->standard, why);
	}
	if (!items)
		return why_set(why, "out of memory");
	for (char *item; status == 0 && (item = strsep(&rest, " "));) {
		options_note_origin(entry, item, OPTION_FROM_DEFAULT);
		status = option_read(spec, entry->into, item, why);
	}
	if (option_is_secret(spec))
		free(items); /* the list has copies */
	return status;
}

static int fill_in(const struct option_entries *all, struct why *why)
{
	for (unsigned i = 0; i < all->count; i++) {
		const struct option_entry *entry = &all->entry[i];
		const char *value = entry->spec.variable ? getenv(entry->spec.variable) : NULL;

		if (entry->given)
			continue;
		if (value && *value) {
			if (read_variable(entry, value, why) < 0)
				return -1;
		} else if (entry->spec.standard && read_standard(entry, why) < 0) {
			return options_refuse_value(&entry->spec, entry->spec.standard, why);
		}
	}
	return 0;
}

static bool is_given(const struct option_entries *all, enum option_kind kind)
{
	for (unsigned i = 0; i < all->count; i++)
		if (all->entry[i].given && all->entry[i].spec.kind == kind)
			return true;
	return false;
}

int options_read(int argc, char **argv, const struct option_usage *usage, struct why *why)
{
	struct option_entries all = {.count = 0};

	if (add_tables(&all, usage, why) < 0)
		return -1;
	options_config_forget();
	options_note_origins(argc, argv);
	options_blank_unknown(&all, argc, argv);
	int status = read_words(&all, argc, argv, usage, why);
	if (status == 0)
		status = options_read_configs(&all, why);
	if (status == 0)
		status = fill_in(&all, why);
	if (status == 0)
		status = options_check_ready(&all, why);
	if (status == 0)
		options_note_agent(&all);
	if (status == 0)
		status = options_check_fit(&all, why);
	if (status == 0)
		options_settle_check(&all);
	return status == 0 && is_given(&all, KIND_DUMP_CONFIG)
	               ? print(usage, &all, KIND_DUMP_CONFIG)
	               : status;
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

void options_parse(int argc, char **argv, const struct option_usage *usage)
{
	struct why why;

	fill_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* EFBIG says it */
	log_open(argv[0]);
	options_find_log_form(argc, argv);
	int status = options_read(argc, argv, usage, &why);
	if (status < 0) {
		/* As a file says, which was read so far. */
		if (common_options.log_form != LOG_TEXT)
			log_set_form(LOG_JSON, false);
		options_blank_rest(argc - 1, argv + 1);
		usage_error("%s", why.text);
	}
	log_set_form((enum log_form)common_options.log_form, common_options.log_time);
	if (status != PRINTED) {
		notify_open();
		options_open_events();
		return;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		die(EXIT_RUNNING, "standard output: %s", strerror(errno));
	exit(EXIT_OK);
}

const char *path_in_words(const char *path, const char *standard)
{
	return strcmp(path, "-") == 0 ? standard : path;
}
