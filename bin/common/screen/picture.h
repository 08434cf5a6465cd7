/* picture.h - a head, a table that keys sort and what belongs between them, drawn on the terminal
 * again and again until the stop (live.h), or said as lines where none can be drawn on. */
#ifndef PICTURE_H
#define PICTURE_H

#include "base/text.h"
#include "screen/live.h"

/* All are called by the thread of picture_run. Those that write a line write it without its end,
 * into text that is empty, for so many columns (0: any number). */
struct picture {
	void (*take)(void);          /* what is known now: once a period */
	const char *(*orders)(void); /* the keys that sort */
	void (*sort)(struct live_order order);
	void (*head)(struct text *t, int width);
	/* The i-th line between head and table; false: there is none. May be NULL. */
	bool (*between)(struct text *t, unsigned i, int width);
	unsigned (*count)(void); /* rows of the table */
	void (*title)(struct text *t, struct live_order order, int width);
	void (*row)(struct text *t, unsigned i, struct live_order order, int width);
	void (*more)(struct text *t, unsigned count); /* of rows that have no room */
	void (*keys)(struct text *t, struct live_order order, int width);
};

/* A worker's whole work; sorted by key at first. Returns at the stop, or where nobody reads the
 * lines any more. */
void picture_run(const struct picture *p, int64_t period_ns, int key);

#endif
