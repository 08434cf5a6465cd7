#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/options_internal.h"
#include "base/text.h"
#include "base/version.h"

enum { WIDTH = 80, HELP_COLUMN = 28, WORDS_SIZE = 400 };

static const char *section_name(enum option_section section)
{
	static const char *const names[OPTION_SECTIONS] = {
		[SECTION_AGENTS] = "Agents",
		[SECTION_LINKS] = "Links",
		[SECTION_INTERFACE] = "Interface",
		[SECTION_OLD_AGENT] = "Old agent",
		[SECTION_PROBE] = "Probe",
		[SECTION_INPUT] = "Input",
		[SECTION_OUTPUT] = "Output",
		[SECTION_BUS] = "Bus",
		[SECTION_TLS] = "TLS",
		[SECTION_CONFIGURATION] = "Configuration",
		[SECTION_DIAGNOSTICS] = "Diagnostics",
		[SECTION_WIRESHARK] = "Wireshark",
	};

	return names[section];
}

static const char *kind_name(enum option_kind kind)
{
	static const char *const names[] = {
		[KIND_FLAG] = "flag",
		[KIND_TEXT] = "text",
		[KIND_FILE] = "file",
		[KIND_FOLDER] = "folder",
		[KIND_URL] = "url",
		[KIND_SECRET] = "secret",
		[KIND_UNSIGNED] = "unsigned",
		[KIND_SIGNED] = "signed",
		[KIND_DECIMAL] = "decimal",
		[KIND_CHOICE] = "choice",
		[KIND_OWN] = "own",
		[KIND_HELP] = "action",
		[KIND_VERSION] = "action",
		[KIND_DUMP] = "action",
		[KIND_DUMP_CONFIG] = "action",
	};

	return names[kind];
}

void options_print_version(void)
{
	printf("%s %s\n", log_name(), FRAMEBUS_VERSION);
}

/* --- --help --- */

/* Prints words from a column on, in lines of WIDTH at the most. */
static void wrap(const char *words, int column)
{
	int at = column;

	for (bool first = true; *words; first = false) {
		int length = (int)strcspn(words, " ");

		if (!first && at + 1 + length > WIDTH) {
			printf("\n%*s", column, "");
			at = column;
		} else if (!first) {
			putchar(' ');
			at++;
		}
		printf("%.*s", length, words);
		at += length;
		words += length;
		words += strspn(words, " ");
	}
	putchar('\n');
}

/* "FILE", or "active|passive". */
static void add_argument(struct text *t, const struct option_spec *spec)
{
	if (spec->argument)
		text_add(t, "%s", spec->argument);
	for (int i = 0; !spec->argument && spec->choices && spec->choices[i]; i++)
		text_add(t, "%s%s", i ? "|" : "", spec->choices[i]);
}

static void add_words(struct text *t, const struct option_spec *spec)
{
	if (spec->letter)
		text_add(t, "  -%c, --%s", spec->letter, spec->name);
	else
		text_add(t, "      --%s", spec->name);
	if (!option_takes_value(spec))
		return;
	text_add(t, spec->may_stand_alone ? "[=" : " ");
	add_argument(t, spec);
	text_add(t, spec->may_stand_alone ? "]" : "");
}

/* " (repeatable, default $AMQP_URL, else amqp://guest:guest@localhost/)" */
static void add_notes(struct text *t, const struct option_spec *spec)
{
	const char *otherwise = spec->otherwise ? spec->otherwise : spec->standard;
	bool has_default = otherwise || spec->variable;

	if (!spec->many && !has_default)
		return;
	text_add(t, " (%s%s", spec->many ? "repeatable" : "",
	         spec->many && has_default ? ", " : "");
	if (has_default)
		text_add(t, spec->otherwise ? "default: " : "default ");
	if (spec->variable)
		text_add(t, "$%s%s", spec->variable, otherwise ? ", else " : "");
	text_add(t, "%s)", otherwise ? otherwise : "");
}

static void print_option(const struct option_spec *spec)
{
	char left[WORDS_SIZE] = "", right[2 * WORDS_SIZE] = "";
	struct text words = {left, sizeof left, 0}, help = {right, sizeof right, 0};

	add_words(&words, spec);
	text_add(&help, "%s", spec->help);
	add_notes(&help, spec);
	if (words.length + 2 > HELP_COLUMN)
		printf("%s\n%*s", left, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, left);
	wrap(right, HELP_COLUMN);
}

static void print_section(const struct option_entries *all, enum option_section section)
{
	bool begun = false;

	for (unsigned i = 0; i < all->count; i++) {
		const struct option_spec *spec = &all->entry[i].spec;

		if (spec->section != section || !spec->help)
			continue;
		if (!begun)
			printf("\n%s:\n", section_name(section));
		begun = true;
		print_option(spec);
	}
}

void options_print_help(const struct option_usage *usage, const struct option_entries *all)
{
	int column = (int)(strlen("Usage:  ") + strlen(log_name()));

	printf("Usage: %s ", log_name());
	wrap(usage->synopsis, column);
	wrap(usage->summary, 0);
	for (int section = 0; section < OPTION_SECTIONS; section++)
		print_section(all, (enum option_section)section);
}

/* --- --dump-options --- */

static void print_text(const char *name, const char *value)
{
	if (!value)
		return;
	printf(", \"%s\": \"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else if ((unsigned char)*value < 0x20)
			printf("\\u%04x", (unsigned char)*value);
		else
			putchar(*value);
	}
	putchar('"');
}

static void print_bounds(const struct option_spec *spec)
{
	if (spec->kind != KIND_UNSIGNED && spec->kind != KIND_SIGNED && spec->kind != KIND_DECIMAL)
		return;
	printf(", \"minimum\": %lld", (long long)spec->minimum);
	if (spec->maximum)
		printf(", \"maximum\": %llu", (unsigned long long)spec->maximum);
}

static void print_choices(const struct option_spec *spec)
{
	if (!spec->choices)
		return;
	printf(", \"choices\": [");
	for (int i = 0; spec->choices[i]; i++)
		printf("%s\"%s\"", i ? ", " : "", spec->choices[i]);
	putchar(']');
}

/* Of other options, those that this tool has. */
static void print_others(const char *name, const char *names, const struct option_entries *all)
{
	bool begun = false;

	for (unsigned i = 0; names && i < all->count; i++) {
		const char *other = all->entry[i].spec.name;

		if (!options_has_word(names, other))
			continue;
		if (begun)
			printf(", \"%s\"", other);
		else
			printf(", \"%s\": [\"%s\"", name, other);
		begun = true;
	}
	if (begun)
		putchar(']');
}

static void print_line(const struct option_entry *entry, const struct option_entries *all)
{
	const struct option_spec *spec = &entry->spec;
	char argument[WORDS_SIZE] = "";
	struct text t = {argument, sizeof argument, 0};

	add_argument(&t, spec);
	printf("{\"option\": \"%s\"", spec->name);
	if (spec->letter)
		printf(", \"letter\": \"%c\"", spec->letter);
	print_text("argument", *argument ? argument : NULL);
	printf(", \"kind\": \"%s\", \"section\": \"%s\"", kind_name(spec->kind),
	       section_name(spec->section));
	printf(", \"repeatable\": %s", spec->many ? "true" : "false");
	if (option_is_of_command_line(spec))
		printf(", \"file\": false");
	printf(", \"alone\": %s",
	       spec->may_stand_alone || !option_takes_value(spec) ? "true" : "false");
	print_bounds(spec);
	print_choices(spec);
	print_text("variable", spec->variable);
	print_text("default", spec->standard);
	print_text("otherwise", spec->otherwise);
	print_text("help", spec->help);
	print_text("more", spec->more);
	print_text("added", entry->added);
	print_others("needs", spec->needs, all);
	print_others("excludes", spec->excludes, all);
	print_others("alone_but", spec->alone_but, all);
	puts("}");
}

void options_print_table(const struct option_usage *usage, const struct option_entries *all)
{
	printf("{\"tool\": \"%s\"", log_name());
	print_text("version", FRAMEBUS_VERSION);
	print_text("synopsis", usage->synopsis);
	print_text("summary", usage->summary);
	puts("}");
	for (int section = 0; section < OPTION_SECTIONS; section++)
		for (unsigned i = 0; i < all->count; i++)
			if (all->entry[i].spec.help && (int)all->entry[i].spec.section == section)
				print_line(&all->entry[i], all);
}
