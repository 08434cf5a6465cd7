/* who_view.h - what the screen of --who shows: rates since the picture before, the order
 * of the agents. Pure: no clock, no terminal. */
#ifndef WHO_VIEW_H
#define WHO_VIEW_H

#include "who.h"

struct who_view {
	struct who_table table;
	double rates[WHO_ROWS_MAX][WHO_DIRECTIONS]; /* packets a second */
	double rate;                                /* of all */
	int64_t now_ns;
	unsigned order[WHO_ROWS_MAX]; /* places in the table */
	/* before */
	uint64_t packets[WHO_ROWS_MAX][WHO_DIRECTIONS];
	int64_t before_ns;
};

/* The caller has filled table (who_copy), as it is at now_ns; steady_ns: the same time by a clock
 * that is never set, for the rates. */
void who_view_take(struct who_view *v, int64_t now_ns, int64_t steady_ns);

/* The keys that sort: a agent, f from it, t to it, r rate, o octets, l last heard, u user, and
 * where the broker is asked who listens, k keys. */
#define WHO_VIEW_ORDERS "aftrolu"
void who_view_sort(struct who_view *v, int key, bool reversed);

#endif
