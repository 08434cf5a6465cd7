/* stats_internal.h - what the files of the statistics share: stats.c (the counters, JSON),
 * stats_text.c (the report for people), stats_kinds.c (what counters mean), summary.c (the line at
 * the end). Never included elsewhere, but by tests. */
#ifndef STATS_INTERNAL_H
#define STATS_INTERNAL_H

#include <stdbool.h>

#include "base/text.h"

struct counter; /* stats.h */
struct stats_section {
	const char *name;
	struct counter *counters;
	unsigned count;
	unsigned number; /* of several alike: 1, 2, ...; 0: there is one */
};

/* As registered; a name may come several times. */
const struct stats_section *stats_sections(unsigned *count);

/* "line", or "line_2" of the second of several: into out, which is returned. */
enum { STATS_SECTION_SIZE = 64 };
const char *stats_section_name(char out[STATS_SECTION_SIZE], const struct stats_section *s);

/* An empty text with room for a report: for its counters, and behind it for all parts. */
enum { STATS_REPORT_SIZE = 65536 };
struct text stats_room(void);
void stats_add_parts(struct text *t, bool json);
/* Under the lock of stats_report, which has refreshed the values. */
void stats_report_text(bool last);

enum stats_kind {
	STATS_COUNT, /* grows: has a rate */
	STATS_LEVEL, /* goes up and down, or is no number of things: has none */
	STATS_LOSS,  /* grows, and what it counts did not get where it was to go */
};

enum { STATS_WORDS_SIZE = 96 };

/* What a counter is; of a loss, words that follow its number. One that the table does not have is a
 * loss where its name begins with dropped_, rejected_ or lost_. */
enum stats_kind stats_kind_of(const char *section, const char *name, char words[STATS_WORDS_SIZE]);

#endif
