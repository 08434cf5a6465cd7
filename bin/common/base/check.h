/* check.h - --check: what a set-up lacks, found out without leaving anything behind, each finding
 * with the command that mends it. A room's checks are small functions in a table of its own. On
 * standard output, a line each, or with --json an object each. From one thread at a time. */
#ifndef CHECK_H
#define CHECK_H

struct check {
	const char *name;                                    /* NULL ends a table */
	void (*look)(const char *name, const void *context); /* says what it finds, below */
};

void check_run(const struct check *table, const void *context);

void check_good(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The tool runs all the same, but not as well. remedy: what to type, or to do. */
void check_note(const char *name, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void check_wrong(const char *name, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Of every tool: the clock, and where --events go. */
extern const struct check host_checks[];

/* The exit status: 0, or 1 where something is wrong or the findings cannot be written. */
int check_end(void);

#endif
