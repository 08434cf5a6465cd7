/* who_lines.h - the lines of the screen of --who, each for so many columns (columns.h): where there
 * is no room for all, what is needed least gives way. Pure. */
#ifndef WHO_LINES_H
#define WHO_LINES_H

#include "base/text.h"
#include "screen/live.h"
#include "who_view.h"

/* Each is a line without its end. lost: messages that did not come; i: the i-th in order. */
void who_line_head(struct text *t, const struct who_view *v, const char *tool, uint64_t lost,
                   int width);
void who_line_title(struct text *t, const struct who_view *v, struct live_order order, int width);
void who_line_row(struct text *t, const struct who_view *v, unsigned i, struct live_order order,
                  int width);
void who_line_keys(struct text *t, const struct who_view *v, struct live_order order, int width);

#endif
