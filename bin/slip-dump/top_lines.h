/* top_lines.h - the lines of --top, each for a screen of so many columns (columns.h): where there
 * is no room for all, what is needed least gives way, but never what the sources are sorted by.
 * Pure. */
#ifndef TOP_LINES_H
#define TOP_LINES_H

#include "base/text.h"
#include "screen/live.h"
#include "top_view.h"

struct top_sums {
	const char *tool;
	double seconds;
	unsigned probes;
	uint64_t dropped, given_way; /* frames; sources that are not kept any more */
};

/* Each is a line without its end. */
void top_line_head(struct text *t, const struct top_view *v, const struct top_sums *sums,
                   int width);
void top_line_channel(struct text *t, const struct top_view *v, unsigned place, int width);
/* Marked is what they are sorted by: v the most first, ^ the least. */
void top_line_title(struct text *t, struct live_order order, int width);
void top_line_source(struct text *t, const struct top_view *v, unsigned i, struct live_order order,
                     int width);
void top_line_keys(struct text *t, struct live_order order, int width);

#endif
