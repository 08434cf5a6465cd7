/* options_internal.h - what the files of options share: the tables of one tool, laid side by
 * side. */
#ifndef OPTIONS_INTERNAL_H
#define OPTIONS_INTERNAL_H

#include "base/options.h"

enum { OPTIONS_MAX = 192 };

struct option_entry {
	struct option_spec spec; /* with the tool's additions */
	const char *added;       /* more sentences for the man page, or NULL */
	const char *idle;        /* why it does nothing in this tool, or NULL */
	void *into;
	bool given;    /* on the command line, or in a file */
	unsigned file; /* the first is 1; 0: the command line */
};

struct option_entries {
	struct option_entry entry[OPTIONS_MAX];
	unsigned count;
};

/* Before a value is read: of two files one would be left out, which is refused. Of other values the
 * last one counts, which is said, so that a command line can be added to. 0, or -1 with the reason.
 */
int option_check_twice(const struct option_entry *entry, struct why *why);
bool option_is_secret(const struct option_spec *spec);
bool option_takes_value(const struct option_spec *spec);
bool option_is_of_command_line(const struct option_spec *spec);

/* Whether a word, with its dashes and "=VALUE", is the option's long form, whole. */
bool options_is_called(const struct option_spec *spec, const char *word);

/* By its long form; NULL: there is none. */
struct option_entry *options_find(struct option_entries *all, const char *name);
/* Each event says whose it is. */
void options_note_agent(const struct option_entries *all);
/* --json, whose ever it is, is also for --check. */
void options_settle_check(struct option_entries *all);
/* "--name 'value': reason", which why holds. -1. */
int options_refuse_value(const struct option_spec *spec, const char *value, struct why *why);

/* --- options_fit.c --- */

/* In a list of option_spec's needs, excludes or alone_but. */
bool options_has_word(const char *list, const char *word);
/* Once all are read, of one of them: 0, or -1 with why: as things are it does nothing. */
int option_check_fit(const struct option_entries *all, const struct option_entry *entry,
                     struct why *why);
/* Once it is known what is given, and before values of files are read: what a file gives, and
 * stands beside something stronger that it excludes or yields to, is no longer given. */
void options_pass_over_weaker(struct option_entries *all);
/* Of all that were given. */
int options_check_fit(const struct option_entries *all, struct why *why);

/* --- options_unknown.c --- */

/* What getopt returns of long options: this and their place in the tables. */
enum { LONG_ONLY = 256 };
bool options_is_whole(const struct option_entries *all, int code, const char *word);
/* There is no option that is called as this word, which has no dashes. -1. */
int options_refuse_word(const struct option_entries *all, const char *word, struct why *why);
/* Whether the value behind word is not another option, which would be passed over, nor one that is
 * misspelt: 0, or -1. It is the value all the same where it is in the same word. */
int options_check_value(const struct option_entries *all, const struct option_spec *spec,
                        const char *word, const char *value, struct why *why);
/* A word that no option takes, with the option that was probably meant. -1. */
int options_refuse_operand(struct option_entries *all, const char *word, struct why *why);
/* The word at which getopt has failed, as optopt says. -1. */
int options_refuse_unknown(const struct option_entries *all, const char *word, struct why *why);
/* Notes it, and says so of what is not Wireshark's own. */
void options_pass_over(const struct option_entries *all, int code, const char *word);

/* --- options_common.c --- */

extern const struct option_spec options_common_specs[];
/* Before the command line is read: what is wrong in it is said in the form that it asks for. */
void options_find_log_form(int argc, char **argv);

/* --- options_config.c --- */

/* For KIND_OWN: a file of options, which is read later. */
int option_note_config(void *target, const char *value, struct why *why);
void options_config_forget(void);
/* Reads the files that were noted: what the command line gave stays, and what a later file says
 * beats what an earlier one does. 0, or -1 with why. */
int options_read_configs(struct option_entries *all, struct why *why);

/* The files that were noted, by their numbers from 0 on; NULL: there is none of that number. */
const char *options_config_path(unsigned number);

/* --- options_files.c --- */

/* Once all are read. */
void options_note_files(const struct option_entries *all);

/* --- options_config_line.c --- */

struct config_line {
	const char *key;
	char *value; /* NULL: the key stands alone */
};

/* "key", "key value", "key = value", "key = \"value\"": 1, in place; 0: blank or a comment; -1 with
 * why. */
int config_read_line(char *words, struct config_line *line, struct why *why);

/* --- options_dump.c --- */

#define OPTION_FROM_LINE    "command line"
#define OPTION_FROM_DEFAULT "default"

/* Whether --dump-config is among the words; else nothing is noted. */
void options_note_origins(int argc, char **argv);
/* Before a secret in value is overwritten. A default lives as long as the tool. */
void options_note_origin(const struct option_entry *entry, const char *value, const char *from);
/* On standard output. */
void options_print_config(const struct option_entries *all);

/* --- options_ready.c --- */

/* For KIND_OWN: int; a descriptor that is open for writing, no standard stream. */
int option_read_descriptor(void *target, const char *value, struct why *why);
/* Once all are read: 0, or -1 with why: the descriptor is also a file that an option names. */
int options_check_ready(const struct option_entries *all, struct why *why);

/* What --events names, but not for --check, which makes no file. Ends the tool where it cannot be
 * opened. */
void options_open_events(void);

/* --- options_blank.c: everybody on the machine can read a process's arguments --- */

/* Overwrites the values of options that are called as a secret and that there are not, before they
 * are refused or, for Wireshark, passed over; and words with a login of options that there are
 * not. */
void options_blank_unknown(const struct option_entries *all, int argc, char **argv);
/* Overwrites what may hold a login in words of which none is read after that. */
void options_blank_rest(int count, char **words);

/* --- options_credential.c --- */

/* A FILE option's value as a path: "credential:NAME" is a file in $CREDENTIALS_DIRECTORY, which a
 * service manager makes (systemd.exec(5), LoadCredential=); others are returned as they are. For
 * good. NULL with why. */
const char *option_find_credential(const char *value, struct why *why);
/* Of what is written, of folders and of devices, which no credential is. 0, or -1 with why. */
int option_refuse_credential(const char *value, struct why *why);

/* --- options_print.c: on standard output --- */

void options_print_version(void);
void options_print_help(const struct option_usage *usage, const struct option_entries *all);
/* One JSON object a line: the tool, then each option that is not hidden, by section. */
void options_print_table(const struct option_usage *usage, const struct option_entries *all);

/* --- options_nearest.c --- */

/* The option that was probably meant, or NULL: word[0..length) is without its dashes. */
const char *option_nearest(const struct option_entries *all, const char *word, size_t length);

#endif
