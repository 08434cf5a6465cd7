/* columns.h - lines for a screen of so many columns, where what is needed least gives way to the
 * rest: words of one line, columns of a table, the help about its keys. What a table is sorted by
 * is marked and never gives way. Pure. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stdbool.h>

#include "base/text.h"
#include "screen/live.h"

enum { COLUMNS_UNBOUND = 0 /* the width of a line that has no bound */ };
enum { COLUMNS_ALWAYS = 0, COLUMNS_RANK_MAX = 16 }; /* ranks */
enum { COLUMNS_MAX = 16, COLUMNS_CELL_SIZE = 96 };

struct piece {
	int width;
	unsigned rank; /* COLUMNS_ALWAYS, else 1 to COLUMNS_RANK_MAX: the higher, the sooner it
	                  gives way */
	bool is_shown;
};
/* Says which are shown in so many columns. Returns what is left of them; 0 where there is no
 * bound. */
int pieces_fit(struct piece *pieces, unsigned n, int width);

/* Words that are put one behind the other, each of which ends in ", ". */
struct words {
	struct piece piece[COLUMNS_MAX];
	char text[COLUMNS_MAX][COLUMNS_CELL_SIZE];
	unsigned count;
};
/* Room for the next, which is not to be asked for more than COLUMNS_MAX times. */
struct text words_begin(struct words *w, unsigned rank);
/* What fits, without the last comma. */
void words_end(struct text *t, struct words *w, int width);

struct column {
	const char *name;
	int width;
	unsigned rank;  /* as of pieces */
	int key;        /* that sorts by it; 0: none */
	int most;       /* wide, where there is room; 0: no more than width */
	bool is_left;   /* words, and not numbers, which stand at the right */
	bool is_absent; /* of this table */
};
struct columns {
	const struct column *at;
	unsigned count;
	struct piece piece[COLUMNS_MAX];
};
/* columns: COLUMNS_MAX at the most, and as long as c; the first stands at the left edge. One of
 * them may have `most`. */
void columns_fit(struct columns *c, const struct column *columns, unsigned count,
                 struct live_order order, int width);
/* 0: it is not shown. */
int columns_width(const struct columns *c, unsigned column);
/* A line without its end; marked is what it is sorted by: v the most first, ^ the least. */
void columns_title(struct text *t, const struct columns *c, struct live_order order);
/* Of those that are shown, in their order. */
void columns_cell(struct text *t, const struct columns *c, unsigned column, const char *words);

struct sort_key {
	char key;
	const char *word, *brief;
};
/* "q quit  sort by: [a agent v] f frames ...": with words, with brief ones, or with letters. */
void columns_keys(struct text *t, const struct sort_key *keys, unsigned count,
                  struct live_order order, int width);

#endif
