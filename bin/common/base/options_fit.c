/* options_fit.c - options that do nothing without others, or beside others, by the tables: nothing
 * that was asked for is passed over in silence. */
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
	if (spec->argument)
		text_add(t, " %s", spec->argument);
}

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
	return t.length ? why_set(why, "--%s needs %s", entry->spec.name, names) : 0;
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
