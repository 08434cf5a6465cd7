/* options_internal.h - what the files of options share: the tables of one tool, laid side by
 * side. */
#ifndef OPTIONS_INTERNAL_H
#define OPTIONS_INTERNAL_H

#include "base/options.h"

enum { OPTIONS_MAX = 192 };

struct option_entry {
	struct option_spec spec; /* with the tool's additions */
	const char *added;       /* more sentences for the man page, or NULL */
	void *into;
	bool given; /* on the command line */
};

struct option_entries {
	struct option_entry entry[OPTIONS_MAX];
	unsigned count;
};

bool option_is_secret(const struct option_spec *spec);
bool option_takes_value(const struct option_spec *spec);

/* --- options_print.c: on standard output --- */

void options_print_version(void);
void options_print_help(const struct option_usage *usage, const struct option_entries *all);
/* One JSON object a line: the tool, then each option that is not hidden, by section. */
void options_print_table(const struct option_usage *usage, const struct option_entries *all);

/* --- options_nearest.c --- */

/* The option that was probably meant, or NULL: word[0..length) is without its dashes. */
const char *option_nearest(const struct option_entries *all, const char *word, size_t length);

#endif
