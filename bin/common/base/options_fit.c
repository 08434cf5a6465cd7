/* options_fit.c - options that do nothing without others, or beside others, by the tables: nothing
 * that was asked for is passed over in silence. What a file gives is for other runs, too: there the
 * same is no mistake. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/options_internal.h"
#include "base/text.h"

/* What is said, and in which form, matters whatever a tool does. */
static const char said[] = "config verbose quiet log-time log-format";

bool options_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; at && (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	return false;
}

/* As it is mostly typed: "-w FILE". */
static void add_name(struct text *t, const struct option_spec *spec)
{
	text_add(t, "%s", t->length ? " or " : "");
	if (spec->letter)
		text_add(t, "-%c", spec->letter);
	else
		text_add(t, "--%s", spec->name);
	if (spec->argument && !spec->may_stand_alone)
		text_add(t, " %s", spec->argument);
}

static void tell_passed_over(const char *name, const char *verb, const char *other)
{
	log_info("--%s of a file of options %s %s: it is for other runs", name, verb, other);
}

/* --- which of two counts --- */

/* As options_read has left them. */
static struct option_entries last;

/* The command line beats files, a later one those before it; 0: it is not given. */
static unsigned strength(const struct option_entry *entry)
{
	return !entry || !entry->given ? 0 : entry->file ? entry->file : UINT_MAX;
}

/* Of one and another that are given, what gives way, or NULL: they go together, or one place gives
 * both. */
static struct option_entry *find_weaker(struct option_entry *one, struct option_entry *other)
{
	bool is_weaker = strength(one) < strength(other);

	if (options_has_word(one->spec.excludes, other->spec.name) &&
	    strength(one) != strength(other))
		return is_weaker ? one : other;
	return is_weaker && options_has_word(one->spec.yields, other->spec.name) ? one : NULL;
}

static void pass_over_beside(struct option_entries *all, struct option_entry *entry)
{
	for (unsigned i = 0; entry->given && i < all->count; i++) {
		struct option_entry *other = &all->entry[i];
		struct option_entry *weaker = other->given ? find_weaker(entry, other) : NULL;

		if (!weaker)
			continue;
		tell_passed_over(weaker->spec.name, "stands beside",
		                 weaker == entry ? other->spec.name : entry->spec.name);
		weaker->given = false;
		weaker->file = 0;
	}
}

void options_pass_over_weaker(struct option_entries *all)
{
	for (unsigned i = 0; i < all->count; i++)
		pass_over_beside(all, &all->entry[i]);
}

bool option_yields(const char *name, const char *other)
{
	const struct option_entry *entry = options_find(&last, name);
	unsigned beaten_by = other ? strength(options_find(&last, other)) : 0;

	if (!entry || !entry->given || !entry->file)
		return false;
	if (beaten_by && beaten_by <= strength(entry))
		return false;
	log_info("--%s of a file of options does nothing in this run: it is for other runs", name);
	return true;
}

const char *option_called(const char *name, char out[OPTION_CALLED_SIZE])
{
	const struct option_entry *entry = options_find(&last, name);
	const char *variable = entry && !entry->given ? entry->spec.variable : NULL;
	const char *value = variable ? getenv(variable) : NULL;

	if (entry && entry->given && entry->file)
		snprintf(out, OPTION_CALLED_SIZE, "%s: --%s", options_config_path(entry->file - 1),
		         name);
	else if (value && *value)
		snprintf(out, OPTION_CALLED_SIZE, "$%s", variable);
	else
		snprintf(out, OPTION_CALLED_SIZE, "--%s", name);
	return out;
}

/* --- what does nothing --- */

static int check_needs(const struct option_entries *all, const struct option_entry *entry,
                       struct why *why)
{
	char names[200] = "";
	struct text t = {names, sizeof names, 0};

	for (unsigned i = 0; entry->spec.needs && i < all->count; i++) {
		const struct option_entry *other = &all->entry[i];

		if (!options_has_word(entry->spec.needs, other->spec.name))
			continue;
		if (other->given)
			return 0;
		add_name(&t, &other->spec);
	}
	/* What a file says is for other runs, too. */
	if (entry->given && entry->file && t.length)
		tell_passed_over(entry->spec.name, "needs", names);
	return t.length && !(entry->given && entry->file)
	               ? why_set(why, "--%s needs %s", entry->spec.name, names)
	               : 0;
}

static int check_excludes(const struct option_entries *all, const struct option_entry *entry,
                          struct why *why)
{
	for (unsigned i = 0; entry->spec.excludes && i < all->count; i++) {
		const struct option_entry *other = &all->entry[i];

		if (other->given && options_has_word(entry->spec.excludes, other->spec.name))
			return why_set(why, "--%s does nothing beside --%s: give one of them",
			               entry->spec.name, other->spec.name);
	}
	return 0;
}

/* What a file says is for other runs, too. */
static int check_alone(const struct option_entries *all, const struct option_entry *entry,
                       struct why *why)
{
	for (unsigned i = 0; entry->spec.alone_but && i < all->count; i++) {
		const struct option_entry *other = &all->entry[i];

		if (!other->given || other->file || other == entry ||
		    other->spec.kind >= KIND_HELP || options_has_word(said, other->spec.name) ||
		    options_has_word(entry->spec.alone_but, other->spec.name))
			continue;
		return why_set(why, "--%s answers, and ends: --%s does nothing beside it",
		               entry->spec.name, other->spec.name);
	}
	return 0;
}

int option_check_fit(const struct option_entries *all, const struct option_entry *entry,
                     struct why *why)
{
	return check_needs(all, entry, why) < 0 || check_excludes(all, entry, why) < 0 ||
	                       check_alone(all, entry, why) < 0
	               ? -1
	               : 0;
}

int options_check_fit(const struct option_entries *all, struct why *why)
{
	last = *all;
	for (unsigned i = 0; i < all->count; i++) {
		const struct option_entry *entry = &all->entry[i];

		if (!entry->given)
			continue;
		if (option_check_fit(all, entry, why) < 0)
			return -1;
		if (entry->idle && !entry->file)
			log_warning("--%s does nothing here: %s", entry->spec.name, entry->idle);
	}
	return 0;
}
