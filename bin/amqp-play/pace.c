#include "pace.h"

#include <stdio.h>

#include "base/log.h"

#define SECOND INT64_C(1000000000)            /* nanoseconds */
#define LATEST (INT64_C(9000000000) * SECOND) /* 285 years */

enum { LONG_S = 60, WORDS_SIZE = 32 };

/* "55 years" */
static void write_length(char out[WORDS_SIZE], int64_t ns)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{365 * 86400, "years"}, {86400, "days"}, {3600, "hours"}, {60, "minutes"}};
	int64_t seconds = ns / SECOND;

	for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
		if (seconds >= 2 * units[i].seconds) {
			snprintf(out, WORDS_SIZE, "%lld %s",
			         (long long)(seconds / units[i].seconds), units[i].name);
			return;
		}
	snprintf(out, WORDS_SIZE, "%lld s", (long long)seconds);
}

static void tell_of_pause(struct pace *p, int64_t pause)
{
	char length[WORDS_SIZE];

	if (pause <= LONG_S * SECOND || pause / 2 < p->told)
		return;
	p->told = pause;
	write_length(length, pause);
	log_warning("%s: the next packet is due in %s, as it was captured (--max-gap SECONDS "
	            "bounds such pauses)",
	            p->name, length);
}

/* A clock that was not set yet. */
static void tell_of_no_pause(const struct pace *p, int64_t time_ns)
{
	char length[WORDS_SIZE];

	if (time_ns <= LONG_S * SECOND)
		return;
	write_length(length, time_ns);
	log_warning("%s: it begins without a time (0), and goes on %s later: there is no pause "
	            "(--max-gap SECONDS bounds those that are made)",
	            p->name, length);
}

static int64_t pause_before(const struct pace *p, int64_t time_ns)
{
	if (!p->last_due || !p->last_time || time_ns <= p->last_time)
		return 0;
	/* Two times may be further apart than an int64_t holds. */
	double pause = (double)((uint64_t)time_ns - (uint64_t)p->last_time) / p->speed;
	if (p->max_gap > 0 && pause > p->max_gap * 1e9)
		pause = p->max_gap * 1e9;
	return pause < (double)LATEST ? (int64_t)pause : LATEST;
}

int64_t pace_due(struct pace *p, int64_t time_ns, int64_t now)
{
	int64_t pause = pause_before(p, time_ns);

	if (p->last_due && !p->last_time && time_ns)
		tell_of_no_pause(p, time_ns);
	tell_of_pause(p, pause);
	p->last_due = !p->last_due                      ? now
	              : p->last_due < INT64_MAX - pause ? p->last_due + pause
	                                                : INT64_MAX;
	p->last_time = time_ns ? time_ns : p->last_time;
	return p->last_due;
}
