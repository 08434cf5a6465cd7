#include "screen/columns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* --- what fits --- */

int pieces_fit(struct piece *pieces, unsigned n, int width)
{
	int left = width == COLUMNS_UNBOUND ? INT32_MAX : width;

	for (unsigned rank = COLUMNS_ALWAYS; rank <= COLUMNS_RANK_MAX; rank++)
		for (unsigned i = 0; i < n; i++) {
			if (pieces[i].rank != rank ||
			    (rank != COLUMNS_ALWAYS && pieces[i].width > left))
				continue;
			pieces[i].is_shown = true;
			left -= pieces[i].width;
		}
	return width == COLUMNS_UNBOUND || left < 0 ? 0 : left;
}

/* --- words --- */

struct text words_begin(struct words *w, unsigned rank)
{
	w->piece[w->count] = (struct piece){.rank = rank};
	w->text[w->count][0] = '\0';
	return (struct text){w->text[w->count++], COLUMNS_CELL_SIZE, 0};
}

void words_end(struct text *t, struct words *w, int width)
{
	size_t begin = t->length;

	for (unsigned i = 0; i < w->count; i++)
		w->piece[i].width = (int)strlen(w->text[i]);
	/* The last has a comma too many. */
	pieces_fit(w->piece, w->count, width == COLUMNS_UNBOUND ? COLUMNS_UNBOUND : width + 2);
	for (unsigned i = 0; i < w->count; i++)
		if (w->piece[i].is_shown)
			text_add(t, "%s", w->text[i]);
	if (t->length >= begin + 2)
		t->out[t->length -= 2] = '\0';
}

/* --- a table --- */

void columns_fit(struct columns *c, const struct column *columns, unsigned count,
                 struct live_order order, int width)
{
	unsigned wide = count;

	*c = (struct columns){.at = columns, .count = count};
	for (unsigned i = 0; i < count; i++) {
		bool sorts = columns[i].key && columns[i].key == order.key;

		wide = columns[i].most ? i : wide;
		c->piece[i] = (struct piece){.width = columns[i].width + (i > 0),
		                             .rank = columns[i].is_absent ? COLUMNS_RANK_MAX + 1
		                                     : sorts              ? COLUMNS_ALWAYS
		                                                          : columns[i].rank};
	}
	int left = pieces_fit(c->piece, count, width);
	if (wide == count || !c->piece[wide].is_shown)
		return;
	int more = columns[wide].most - columns[wide].width;
	c->piece[wide].width += left < more ? left : more;
}

int columns_width(const struct columns *c, unsigned column)
{
	return c->piece[column].is_shown ? c->piece[column].width - (column > 0) : 0;
}

void columns_cell(struct text *t, const struct columns *c, unsigned column, const char *words)
{
	int width = columns_width(c, column);

	text_add(t, "%s%*s", column > 0 ? " " : "", c->at[column].is_left ? -width : width, words);
}

void columns_title(struct text *t, const struct columns *c, struct live_order order)
{
	char words[COLUMNS_CELL_SIZE];

	for (unsigned i = 0; i < c->count; i++) {
		bool sorts = c->at[i].key && c->at[i].key == order.key;

		if (!c->piece[i].is_shown)
			continue;
		snprintf(words, sizeof words, "%s%s", c->at[i].name,
		         !sorts           ? ""
		         : order.reversed ? " ^"
		                          : " v");
		columns_cell(t, c, i, words);
	}
}

/* --- keys --- */

enum form { FULL, BRIEF, LETTERS };

static void add_keys(struct text *t, const struct sort_key *keys, unsigned count,
                     struct live_order order, enum form form)
{
	text_add(t, "q quit  %s", form == FULL ? "sort by:" : "sort:");
	for (unsigned i = 0; i < count; i++) {
		const char *word = form == FULL ? keys[i].word : keys[i].brief;

		if (keys[i].key == order.key)
			text_add(t, " [%c %s %c]", keys[i].key, word, order.reversed ? '^' : 'v');
		else if (form == LETTERS)
			text_add(t, " %c", keys[i].key);
		else
			text_add(t, " %c %s", keys[i].key, word);
	}
	if (form == FULL)
		text_add(t, "  again: the other way");
}

void columns_keys(struct text *t, const struct sort_key *keys, unsigned count,
                  struct live_order order, int width)
{
	struct text begin = *t;

	for (enum form form = FULL; form <= LETTERS; form++) {
		*t = begin;
		add_keys(t, keys, count, order, form);
		if (width == COLUMNS_UNBOUND || t->length - begin.length <= (size_t)width)
			return;
	}
}
