/* stats.h - named counters and their report, which loop.h writes on exit (--stats), on SIGUSR1 and
 * every so many seconds (--stats-every). Counting never locks: a counter has one writer, or is
 * added to with stats_add; readers see whole values. */
#ifndef STATS_H
#define STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stats_form { STATS_NONE, STATS_TEXT, STATS_JSON };

struct counter {
	const char *name; /* snake_case, stable: scripts read it */
	_Atomic uint64_t value;
};

/* Registers counters[0..n) (static storage) under a section ("uplink", "downlink", "slip"):
 * reported as "section.name". Before threads start, or later from one thread alone. There is room
 * for more sections than any tool has; one too many is left out, with a line on stderr. */
void stats_register(const char *section, struct counter *counters, unsigned n);

/* What is registered from now on belongs to the number-th (1, 2, ...) of several alike, each of
 * which registers the same sections and counters: it is reported by itself as "section_1.name", and
 * in sum as "section.name". 0, as at the start: there is one of each. */
void stats_register_for(unsigned number);

struct text; /* base/text.h */

/* What a tool has to report that is no counter: a part of the report behind them. A part has room
 * for `size` octets in each form; what does not fit is left out as a whole. Where there is nothing
 * to say, nothing is added. */
struct stats_part {
	void (*text)(void *context, struct text *t); /* whole lines, indented as sections are */
	void (*json)(void *context, struct text *t); /* members of the object: ,"name":... */
	void *context;
	size_t size;
};
/* The part is copied. Before threads start. Where there is no memory for it, it is left out, with a
 * line on stderr. */
void stats_register_part(const struct stats_part *part);

/* refresh(context) is called before each report: for values that are worked out only when somebody
 * looks. Before threads start. */
void stats_refresh(void (*refresh)(void *context), void *context);

static inline void stats_add(struct counter *c, uint64_t n)
{
	atomic_fetch_add_explicit(&c->value, n, memory_order_relaxed);
}

/* The same by the counter's only writer: without a locked instruction, which takes as long as a
 * frame's octets. */
static inline void stats_count(struct counter *c, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&c->value, memory_order_relaxed);

	atomic_store_explicit(&c->value, value + n, memory_order_relaxed);
}

static inline void stats_set(struct counter *c, uint64_t value)
{
	atomic_store_explicit(&c->value, value, memory_order_relaxed);
}

static inline uint64_t stats_get(const struct counter *c)
{
	return atomic_load_explicit(&c->value, memory_order_relaxed);
}

/* The counter's value now, of several alike their sum; 0 where there is none of this name. */
uint64_t stats_value(const char *section, const char *name);
/* The same of the number-th of several alike. */
uint64_t stats_value_for(unsigned number, const char *section, const char *name);

/* The run begins now: what durations and rates are counted from. Before threads start. */
void stats_begin(void);
/* Seconds since then. */
double stats_seconds(void);

/* Writes the report to stderr in the form given (STATS_NONE: text). JSON: one line,
 * {"tool":"...","section.name":N,...}. Text: a line a section, without what is 0; rates are of the
 * time since the report before, and of the whole run in the last one. Parts come last. From any
 * thread. */
void stats_report(enum stats_form form);
void stats_report_last(enum stats_form form);

/* The values that are worked out are worked out now. */
void stats_refresh_all(void);

#endif
