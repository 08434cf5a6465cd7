/* options.h - command lines from tables. A table says all there is to say of an option, once: its
 * words, what it takes and into which member it goes, its default, its section in --help and in the
 * man page. --help, the man pages' lists and --dump-options are made from it. Never guesses: what
 * it cannot read is refused with words, and no words show a password. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/words.h"

enum option_section { /* in the order of --help */
	              SECTION_AGENTS,
	              SECTION_LINKS,
	              SECTION_INTERFACE,
	              SECTION_OLD_AGENT,
	              SECTION_PROBE,
	              SECTION_INPUT,
	              SECTION_OUTPUT,
	              SECTION_BUS,
	              SECTION_TLS,
	              SECTION_CONFIGURATION,
	              SECTION_DIAGNOSTICS,
	              SECTION_WIRESHARK,
	              OPTION_SECTIONS
};

enum option_kind {              /* the member that a value goes to is: */
	           KIND_FLAG,   /* bool; the option takes no value */
	           KIND_TEXT,   /* const char * */
	           KIND_FILE,   /* const char *: a path, "-" where the help says so, or, of what is
	                           read, "credential:NAME" */
	           KIND_FOLDER, /* const char * */
	           KIND_URL, /* const char *: a copy; the password in it is overwritten in argv */
	           KIND_SECRET,   /* const char *: a copy; overwritten in argv, shown nowhere */
	           KIND_UNSIGNED, /* uint64_t: decimal, minimum to maximum */
	           KIND_SIGNED,   /* int64_t: decimal, minimum to maximum */
	           KIND_DECIMAL,  /* double, minimum to maximum */
	           KIND_CHOICE,   /* int: an index into choices */
	           KIND_OWN,      /* what `read` makes of it */
	           KIND_HELP,     /* none: prints, and ends the tool */
	           KIND_VERSION,
	           KIND_DUMP,
	           KIND_DUMP_CONFIG,
};

enum { OPTION_LIST_MAX = 64 };
struct option_strings {
	const char *item[OPTION_LIST_MAX];
	size_t count;
};

/* One line of a table; {0} ends a table. The OPTION_... macros below fill in kind, target and what
 * belongs to the kind. Strings are static. */
struct option_spec {
	enum option_section section;
	char letter;          /* 0: long form only */
	const char *name;     /* long form, without dashes */
	const char *argument; /* what --help calls the value: "FILE"; NULL: none, or the choices */
	enum option_kind kind;
	size_t target;           /* of the member, in the struct that the group names */
	bool many;               /* may be repeated: the member is a struct option_strings */
	bool may_stand_alone;    /* its value may be left out, and is else given as --name=VALUE */
	bool is_of_command_line; /* no file of --config may have it */
	bool is_no_file_to_read; /* KIND_FILE: it is written, or a device: no credential is */
	int64_t minimum;
	uint64_t maximum;           /* 0: none */
	const char *const *choices; /* NULL-terminated */
	/* KIND_OWN: value is NULL where the option takes none, or stands alone. 0, or -1 with the
	 * reason, which finishes "--name 'value': ". */
	int (*read)(void *target, const char *value, struct why *why);
	/* Texts and files: as read; the value is kept as it is where this says 0. */
	int (*check)(const char *value, struct why *why);
	const char
		*variable; /* the environment's variable that is the default, if it is not empty */
	const char *standard;  /* default, as it would be typed; of many: separated by blanks */
	const char *otherwise; /* words for what holds without it, where that is no value */
	/* Names of other options, separated by blanks; those that the tool does not have are as if
	 * they were not there. What was given for nothing is refused, in words. */
	const char *needs;     /* without one of these it does nothing */
	const char *excludes;  /* beside one of these it does nothing */
	const char *yields;    /* beside one of these it goes badly, as settings say: where a file
	                        * gives it, and something stronger one of these, it is passed over */
	const char *alone_but; /* it answers, and ends the tool: beside others these alone count */
	const char *help;      /* a sentence without its full stop; NULL: a hidden option */
	const char *more;      /* whole sentences for the man page, which come after help */
};

/* Where a member is; what the kind would not write into does not compile. */
#define OPTION_MEMBER(type, member, c_type)                                                        \
	.target = offsetof(type, member) + 0 * sizeof(&((type *)0)->member == (c_type *)0)
#define OPTION_FLAG(type, member)   .kind = KIND_FLAG, OPTION_MEMBER(type, member, bool)
#define OPTION_TEXT(type, member)   .kind = KIND_TEXT, OPTION_MEMBER(type, member, const char *)
#define OPTION_FILE(type, member)   .kind = KIND_FILE, OPTION_MEMBER(type, member, const char *)
#define OPTION_FOLDER(type, member) .kind = KIND_FOLDER, OPTION_MEMBER(type, member, const char *)
#define OPTION_URL(type, member)    .kind = KIND_URL, OPTION_MEMBER(type, member, const char *)
#define OPTION_SECRET(type, member) .kind = KIND_SECRET, OPTION_MEMBER(type, member, const char *)
#define OPTION_MANY(kind_, type, member)                                                           \
	.kind = kind_, .many = true, OPTION_MEMBER(type, member, struct option_strings)
#define OPTION_TEXTS(type, member) OPTION_MANY(KIND_TEXT, type, member)
#define OPTION_FILES(type, member) OPTION_MANY(KIND_FILE, type, member)
/* Files that are written, and devices. */
#define OPTION_OUTPUT(type, member)  OPTION_FILE(type, member), .is_no_file_to_read = true
#define OPTION_OUTPUTS(type, member) OPTION_FILES(type, member), .is_no_file_to_read = true
#define OPTION_URLS(type, member)    OPTION_MANY(KIND_URL, type, member)
#define OPTION_UNSIGNED(type, member, from, to)                                                    \
	.kind = KIND_UNSIGNED, OPTION_MEMBER(type, member, uint64_t), .minimum = from, .maximum = to
#define OPTION_SIGNED(type, member, from, to)                                                      \
	.kind = KIND_SIGNED, OPTION_MEMBER(type, member, int64_t), .minimum = from, .maximum = to
#define OPTION_DECIMAL(type, member, from, to)                                                     \
	.kind = KIND_DECIMAL, OPTION_MEMBER(type, member, double), .minimum = from, .maximum = to
#define OPTION_CHOICE(type, member, words)                                                         \
	.kind = KIND_CHOICE, OPTION_MEMBER(type, member, int), .choices = words
#define OPTION_OWN(type, member, reader)                                                           \
	.kind = KIND_OWN, .target = offsetof(type, member), .read = reader

/* A table, and the struct that its values go to. */
struct option_group {
	const struct option_spec *specs; /* NULL ends the groups */
	void *into;                      /* the struct that the table's members belong to */
};

/* What a tool has to add to an option of a table that it shares; the later of two for one option
 * beats the earlier. */
struct option_addition {
	const char *name;                            /* NULL ends the additions */
	const char *variable, *standard, *otherwise; /* NULL: as the table has them */
	const char *needs;                           /* the same */
	const char *idle; /* why it does nothing in this tool, which is said where it is given */
	const char *more; /* sentences after the table's own */
};

struct option_usage {
	const char *synopsis;                    /* "-n NAME [--peer NAME]..." */
	const char *summary;                     /* one line: what the tool does */
	const struct option_group *groups;       /* -v -q --stats --ready-fd -V -h are added */
	const struct option_addition *additions; /* NULL: none */
	bool accept_unknown;    /* extcap: Wireshark passes arguments that later versions invent */
	const char *first_word; /* is passed over where it comes first; NULL: none is */
};

/* What every tool takes, in one place for the process: the log's level and the form of the
 * statistics are the process's, and are asked for where no settings reach, at signals and at the
 * exit. */
struct common_options {
	int stats;          /* enum stats_form */
	int ready_fd;       /* -1: none */
	double stats_every; /* s; 0: never */
	const char *events; /* NULL: none */
	bool check, json;   /* --check, and the form of what it finds */
	bool log_time;
	int log_form;         /* enum log_form */
	char passed_over[48]; /* the first option that accept_unknown let pass; "": none */
};
extern struct common_options common_options;

/* Reads the command line into the groups' structs; an option that is not given there has the value
 * that a file of --config gives it, else that of its variable, else its default, else the struct is
 * left as it is. Strings point into argv, the
 * environment or the table, or are copies that live as long as the tool. Given twice, an option
 * that is not repeatable has the last value. Ends the tool: -h and -V with status 0, what is wrong
 * with status 2 and a line that says why. Before anything is opened: standard streams that are
 * closed become /dev/null, in the direction that fails; what is longer than a file may be is an
 * error of write(2), EFBIG, and no signal. */
void options_parse(int argc, char **argv, const struct option_usage *usage);

/* The same, without an end: 0, 1 where it was asked for words, which have been given to standard
 * output, or -1 with the reason. */
int options_read(int argc, char **argv, const struct option_usage *usage, struct why *why);

/* One value into the struct of its table: 0, or -1 with the reason. */
int option_read(const struct option_spec *spec, void *into, const char *value, struct why *why);
/* Everybody on the machine can read a process's arguments: overwrites what is secret in a value
 * that has been read. */
void option_blank(const struct option_spec *spec, char *value);
/* For KIND_OWN: a decimal number, and nothing after it. maximum 0: none. */
int option_number(uint64_t *number, const char *value, uint64_t minimum, uint64_t maximum,
                  struct why *why);

/* A decimal number, finite, and nothing before or after it. */
bool option_decimal(double *number, const char *value);

/* For KIND_OWN, into a double: a number of seconds from 0.1 on. */
int option_seconds(void *seconds, const char *value, struct why *why);

/* "wrong usage": the reason and a hint at -h; status 2. A URL's login in it is left out. */
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the settings would refuse, since it does nothing in this run, or goes with `other` of these
 * options badly: whether it was a file of --config that gave it, for other runs, too, so that it is
 * to be passed over. other: NULL, or what beats it: not where one and the same file gives both. Of
 * the last options_read. */
bool option_yields(const char *name, const char *other);

/* What to call an option whose value turns out to be wrong: as it was given, "--url", "$AMQP_URL"
 * or "FILE: --url". Returns out. Of the last options_read. */
enum { OPTION_CALLED_SIZE = 320 };
const char *option_called(const char *name, char out[OPTION_CALLED_SIZE]);

/* The option, of the command line or of a file of options, that names this file to be read; NULL:
 * none does. What is read is not to be written to. */
const char *option_that_reads(const struct stat *about);

/* What to call a file in words: "-" is `standard`. */
const char *path_in_words(const char *path, const char *standard);

/* --ready-fd: writes "ready\n" to it once and closes it; does nothing where the option was not
 * given. */
void report_ready(void);

#endif
