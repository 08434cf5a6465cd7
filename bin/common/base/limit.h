/* limit.h - words that others can make a tool say: each line once a minute, sixteen lines of one
 * form at the most, and how often it would have been said besides. Never waits for another thread.
 * With -v -v nothing is left out. Safe from any thread. */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdint.h>

enum { LIMIT_SECONDS = 60, LIMIT_OF_ONE_FORM = 16 };

/* As log_warning and log_info. The format is the form: a literal, one for each place that says
 * something. */
void limited_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void limited_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Lines of one form about the same (its first 127 octets, not "") count as one, whatever their
 * words are: the first is said. */
void limited_warning_about(const char *about, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Main thread, now and then: says how many lines the minutes that have passed left out. */
void limit_tick(int64_t now_ns); /* monotonic */
/* At the tool's end: of those that have not passed. */
void limit_end(void);

#endif
