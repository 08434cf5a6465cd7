/* log.h - diagnostics on stderr, one line each: "tool: object: reason (what to do)".
 * Never writes to stdout. Whatever it is given is escaped (escape.h), and what looks like a login
 * in it is left out (secret.h); a line is cut after 2 KiB. Safe from any thread. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum log_level { LOG_ERROR = -1, LOG_WARNING = 0, LOG_INFO = 1, LOG_DEBUG = 2 };
enum log_form { LOG_TEXT, LOG_JSON };

/* The tool's name; call first. Where standard error is the journal's ($JOURNAL_STREAM), each line
 * begins with its priority, "<4>", which the journal takes off. */
void log_open(const char *argv0);
/* LOG_JSON: each line is an object with time, priority, tool and text. with_time: a line of text
 * begins with it. */
void log_set_form(enum log_form form, bool with_time);
/* 1 to 63 letters, digits and "-_.+". */
const char *log_name(void);
void log_more(void); /* -v: warnings, then progress, then what is rarely looked for */
void log_less(void); /* -q: errors only */
int log_shows(enum log_level level);
/* What writes a line from now on, in place of write(2), or of log_room.h: for a process that must
 * not wait there. */
void log_write_with(ssize_t (*writer)(int fd, const void *octets, size_t count));

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Shown as a warning is, but nothing is wrong. */
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How far it is: a line that the next one, of whatever kind, takes the place of; cut at the
 * terminal's width. Only on a terminal, and where warnings are shown. */
void log_status(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_status_end(void); /* ... or nothing does */

/* A report, in lines that are escaped already and end in '\n'; it has been asked for, so it is
 * shown at every level. is_json: it is one line, an object. */
void log_report(const char *octets, size_t n, bool is_json);

/* Exit status of every tool. */
enum { EXIT_OK = 0, EXIT_RUNNING = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

/* Is told of an error that ends the tool, escaped, before it does. */
void log_at_end(void (*told)(int status, const char *text));
/* An error that ends the tool. Only while setting up: in the loop, count and go on. */
_Noreturn void die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
