/* options_unknown.c - words that are no option of the tool's: refused with the one that was
 * probably meant, or passed over where Wireshark may have made them. */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/options_internal.h"
#include "base/secret.h"
#include "base/text.h"

/* getopt takes a beginning for the whole name: the value of "--password" would be that of
 * --password-file, and a later version with another option would read another one. */
bool options_is_whole(const struct option_entries *all, int code, const char *word)
{
	return code < LONG_ONLY || options_is_called(&all->entry[code - LONG_ONLY].spec, word);
}

/* "--file-size or --file-seconds": the options that begin as the word does. Returns their number.
 */
static unsigned find_candidates(struct text *t, const struct option_entries *all, const char *word,
                                size_t length)
{
	unsigned n = 0;

	for (unsigned i = 0; length && i < all->count; i++)
		if (all->entry[i].spec.help && strncmp(all->entry[i].spec.name, word, length) == 0)
			text_add(t, "%s--%s", n++ ? " or " : "", all->entry[i].spec.name);
	return n;
}

/* A word is shown up to its '=', and only where it looks like an option's name. */
int options_refuse_word(const struct option_entries *all, const char *word, struct why *why)
{
	size_t length = strcspn(word, "=");
	char names[400] = "";
	struct text t = {names, sizeof names, 0};

	if (strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-_") < length)
		return why_set(why, "--...: no such option");
	unsigned candidates = find_candidates(&t, all, word, length);
	if (candidates > 1)
		return why_set(why, "--%.*s: could be %s", (int)length, word, names);
	const char *nearest = candidates ? names + strlen("--") : option_nearest(all, word, length);
	return why_set(why, "--%.*s: no such option%s%s%s", (int)length, word,
	               nearest ? "; did you mean --" : "", nearest ? nearest : "",
	               nearest ? "?" : "");
}

static bool is_option(const struct option_entries *all, const char *word)
{
	bool is_long = strncmp(word, "--", 2) == 0;

	for (unsigned i = 0; i < all->count; i++) {
		const struct option_spec *spec = &all->entry[i].spec;

		if (is_long ? options_is_called(spec, word)
		            : word[0] == '-' && word[1] && word[1] == spec->letter && !word[2])
			return true;
	}
	return false;
}

static bool takes_path(const struct option_spec *spec)
{
	return spec->kind == KIND_FILE || spec->kind == KIND_FOLDER ||
	       (spec->argument && strstr(spec->argument, "FILE"));
}

/* What reads no path refuses most of these by itself, with better words; a text takes any. */
static bool looks_like_option(const struct option_spec *spec, const char *value)
{
	if (takes_path(spec))
		return value[0] == '-' && (value[1] == '-' || isalpha((unsigned char)value[1]));
	return spec->kind == KIND_TEXT && strncmp(value, "--", 2) == 0;
}

/* It may hold a password: a word is shown only where it could be an option's name, up to its '='.
 */
static int refuse_option_like(const struct option_spec *spec, const char *word, const char *value,
                              struct why *why)
{
	int length = (int)strcspn(value, "=");
	bool is_name = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= (size_t)length;
	const char *shown = is_name ? value : "-...";

	if (!is_name)
		length = (int)strlen(shown);
	if (takes_path(spec))
		return why_set(why,
		               "%s needs an argument: %.*s behind it looks like an option (./%.*s "
		               "for a file of that name)",
		               word, length, shown, length, shown);
	return why_set(why,
	               "%s needs an argument: %.*s behind it looks like an option (--%s=%.*s if it "
	               "is the value)",
	               word, length, shown, spec->name, length, shown);
}

int options_check_value(const struct option_entries *all, const struct option_spec *spec,
                        const char *word, const char *value, struct why *why)
{
	bool is_apart = value && (value < word || value > word + strlen(word));

	if (value && !is_apart && word[1] != '-' && *value == '=' && takes_path(spec))
		return why_set(why, "-%c=: a letter's value stands behind it without '=': -%c %s",
		               spec->letter, spec->letter, spec->argument);
	if (!is_apart)
		return 0;
	if (is_option(all, value))
		return why_set(why, "%s needs an argument: %.*s behind it is an option itself",
		               word, (int)strcspn(value, "="), value);
	return looks_like_option(spec, value) ? refuse_option_like(spec, word, value, why) : 0;
}

int options_refuse_unknown(const struct option_entries *all, const char *word, struct why *why)
{
	if (optopt >= LONG_ONLY && !options_is_whole(all, optopt, word))
		return options_refuse_word(all, word + 2, why);
	if (optopt >= LONG_ONLY)
		return why_set(why, "--%s: takes no argument",
		               all->entry[optopt - LONG_ONLY].spec.name);
	/* Of an octet beyond ASCII it is negative. */
	if (optopt != 0)
		return why_set(why, "-%c: no such option", optopt);
	return options_refuse_word(all, word + 2, why);
}

/* As tcpdump has them: a file that is there, or the words of a filter. */
static const struct option_spec *find_meant(struct option_entries *all, const char *word)
{
	struct stat status;
	bool exists = stat(word, &status) == 0;
	const char *name = exists && S_ISCHR(status.st_mode) ? "port"
	                   : exists && (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))
	                           ? "read"
	                           : "ip-filter";
	const struct option_entry *entry = options_find(all, name);

	return entry ? &entry->spec : NULL;
}

/* "--stats json": a value that may be left out stands behind a '='. What is read is not used. */
static const struct option_spec *find_alone(struct option_entries *all, const char *word)
{
	struct why why;

	for (unsigned i = 0; i < all->count; i++) {
		const struct option_entry *entry = &all->entry[i];

		if (entry->given && entry->spec.may_stand_alone &&
		    option_read(&entry->spec, entry->into, word, &why) == 0)
			return &entry->spec;
	}
	return NULL;
}

int options_refuse_operand(struct option_entries *all, const char *word, struct why *why)
{
	const struct option_spec *alone = find_alone(all, word);
	const struct option_spec *meant = find_meant(all, word);
	char shown[256];

	secret_show(shown, sizeof shown, word);
	if (alone)
		return why_set(why, "'%s': unexpected argument (did you mean --%s=%s?)", shown,
		               alone->name, shown);
	if (!meant || strcmp(shown, word) != 0)
		return why_set(why, "'%s': unexpected argument", shown);
	if (meant->letter)
		return why_set(why, "'%s': unexpected argument (did you mean -%c %s?)", shown,
		               meant->letter, shown);
	return why_set(why, "'%s': unexpected argument (a filter is one word behind --%s)", shown,
	               meant->name);
}

/* Wireshark's own begin with --extcap-; what does not was typed by somebody, who meant something.
 */
void options_pass_over(const struct option_entries *all, int code, const char *word)
{
	char *name = common_options.passed_over;
	struct why why;

	if (code >= LONG_ONLY)
		options_refuse_word(all, word + 2, &why);
	else
		options_refuse_unknown(all, word, &why);
	if (!*name)
		snprintf(name, sizeof common_options.passed_over, "%.*s",
		         (int)strcspn(why.text, ":"), why.text);
	if (strncmp(word, "--extcap-", strlen("--extcap-")) != 0)
		log_warning("%s (it is passed over)", why.text);
}
