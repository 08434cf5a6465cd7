/* options.h - command lines from tables: each option has a handler, a target and its usage text.
 * Never guesses: what it cannot take ends the tool with status 2 and a line that says why. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_spec {
	char letter;          /* 0: long form only */
	const char *name;     /* long form, without dashes; NULL ends a table */
	const char *argument; /* shown in the usage; NULL: takes none */
	const char *help;
	/* 0, or -1 with *why set (static or allocated text that finishes "--name 'value': ...").
	 * value is NULL where argument is. */
	int (*set)(const struct option_spec *spec, char *value, const char **why);
	void *target;
	uint64_t minimum, maximum;  /* option_unsigned */
	const char *const *choices; /* option_choice: NULL-terminated */
};

/* Handlers. The target is: */
int option_flag(const struct option_spec *, char *, const char **why); /* bool * */
int option_string(const struct option_spec *, char *,
                  const char **why); /* const char **: points into argv */
int option_unsigned(const struct option_spec *, char *,
                    const char **why); /* uint64_t *; decimal, minimum..maximum */
int option_choice(const struct option_spec *, char *,
                  const char **why); /* int *: index into choices */
int option_list(const struct option_spec *, char *, const char **why); /* struct option_strings * */

enum { OPTION_LIST_MAX = 64 };
struct option_strings {
	const char *item[OPTION_LIST_MAX];
	size_t count;
};

struct option_usage {
	const char *synopsis; /* "-n NAME [--peer NAME]..." */
	const char *summary;  /* one line: what the tool does */
	const struct option_spec *const
		*tables;     /* NULL-terminated; -v -q --stats --ready-fd -V -h are added */
	bool accept_unknown; /* extcap: Wireshark passes arguments that later versions invent */
};

/* What every tool takes. */
struct common_options {
	int stats;    /* enum stats_form */
	int ready_fd; /* -1: none */
};
extern struct common_options common_options;

/* Before anything is opened: standard streams that are closed become /dev/null, in the direction
 * that fails. Handles -h and -V itself (stdout, status 0). Operands (words that are no options) are
 * refused: no tool takes any. */
void options_parse(int argc, char **argv, const struct option_usage *usage);

/* "wrong usage": the reason and a hint at -h; status 2. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What to call a file in words: "-" is `standard`. */
const char *path_in_words(const char *path, const char *standard);

/* --ready-fd: writes "ready\n" to it once and closes it; does nothing where the option was not
 * given. */
void report_ready(void);

#endif
