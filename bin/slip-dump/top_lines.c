#include "top_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000000, WEAKEST = -100, STRONGEST = -28 };
enum { BAR_MIN = 8, BAR_MAX = 40, CELL_SIZE = 64, ALWAYS = 0 };

/* --- what fits --- */

struct piece {
	int width;
	unsigned rank; /* ALWAYS, else the higher the sooner it gives way */
	bool is_shown;
};

/* Returns what is left of the width. */
static int fit(struct piece *pieces, unsigned n, int width)
{
	int left = width == TOP_ALL ? INT32_MAX : width;

	for (unsigned rank = ALWAYS; rank <= n; rank++)
		for (unsigned i = 0; i < n; i++) {
			if (pieces[i].rank != rank || (rank != ALWAYS && pieces[i].width > left))
				continue;
			pieces[i].is_shown = true;
			left -= pieces[i].width;
		}
	return width == TOP_ALL || left < 0 ? 0 : left;
}

static void add_bar(struct text *t, double share, int width)
{
	int n = share <= 0 ? 0 : share >= 1 ? width : (int)(share * width + 0.5);

	text_add(t, "[%.*s%*s]", n, "########################################", width - n, "");
}

/* --- the first line --- */

enum { HEAD_PIECES = 9 };
struct head {
	struct piece piece[HEAD_PIECES];
	char words[HEAD_PIECES][CELL_SIZE];
	unsigned count;
};

static struct text *begin_words(struct text *t, struct head *h, unsigned rank)
{
	h->piece[h->count].rank = rank;
	*t = (struct text){h->words[h->count++], CELL_SIZE, 0};
	return t;
}

static void add_counts(struct head *h, const struct top_view *v, const struct top_sums *sums)
{
	struct text t;

	text_add(begin_words(&t, h, 1), "%" PRIu64 " frame%s, ", v->frames,
	         v->frames == 1 ? "" : "s");
	text_add(begin_words(&t, h, 4), "%.1f/s, ", v->rate);
	text_add(begin_words(&t, h, 5), "%" PRIu64 " with a bad FCS, ", v->bad_fcs);
	text_add(begin_words(&t, h, 3), "%" PRIu64 " dropped, ", sums->dropped);
	text_add(begin_words(&t, h, 2), "%u source%s, ", v->count, v->count == 1 ? "" : "s");
	if (sums->given_way)
		text_add(begin_words(&t, h, 8), "%" PRIu64 " gone before, ", sums->given_way);
}

static void add_run(struct head *h, const struct top_sums *sums)
{
	unsigned seconds = (unsigned)sums->seconds;
	struct text t;

	text_add(begin_words(&t, h, 9), "%s: ", sums->tool);
	text_add(begin_words(&t, h, 7), "%u probe%s, ", sums->probes, sums->probes == 1 ? "" : "s");
	text_add(begin_words(&t, h, 6), "%02u:%02u:%02u, ", seconds / 3600, seconds / 60 % 60,
	         seconds % 60);
}

void top_line_head(struct text *t, const struct top_view *v, const struct top_sums *sums, int width)
{
	struct head h = {.count = 0};
	size_t begin = t->length;

	add_run(&h, sums);
	add_counts(&h, v, sums);
	for (unsigned i = 0; i < h.count; i++)
		h.piece[i].width = (int)strlen(h.words[i]);
	/* The last has a comma too many. */
	fit(h.piece, h.count, width == TOP_ALL ? TOP_ALL : width + 2);
	for (unsigned i = 0; i < h.count; i++)
		if (h.piece[i].is_shown)
			text_add(t, "%s", h.words[i]);
	if (t->length >= begin + 2)
		t->out[t->length -= 2] = '\0';
}

void top_line_channel(struct text *t, const struct top_view *v, unsigned channel, int width)
{
	const struct air_channel *c = &v->channels[channel];
	char name[16] = "?", counts[CELL_SIZE];
	int bar = BAR_MAX;

	if (channel != AIR_CHANNEL_UNKNOWN)
		snprintf(name, sizeof name, "%u", channel);
	snprintf(counts, sizeof counts, " %" PRIu64 " frames, %" PRIu64 " bad", c->frames,
	         c->bad_fcs);
	text_add(t, "channel %-2s %5.1f %%", name, v->load[channel] * 100);
	if (width != TOP_ALL && width - (int)(t->length + strlen(counts)) - 3 < bar)
		bar = width - (int)(t->length + strlen(counts)) - 3;
	if (bar >= BAR_MIN) {
		text_add(t, " ");
		add_bar(t, v->load[channel], bar);
	}
	text_add(t, "%s", counts);
}

/* --- sources --- */

enum column {
	SOURCE,
	FRAMES,
	RATE,
	MISSING,
	DUPLICATES,
	BAD_FCS,
	SECURED,
	DBM,
	SIGNAL,
	LQI,
	HEARD,
	COLUMNS
};

static const struct {
	const char *name;
	int width;
	unsigned rank;
	int key; /* that sorts by it; 0: none */
} columns[COLUMNS] = {
	[SOURCE] = {"source", 18, ALWAYS, 'a'},
	[FRAMES] = {"frames", 10, 1, 'f'},
	[RATE] = {"/s", 7, 2, 'r'},
	[MISSING] = {"missing", 9, 3, 'm'},
	[DUPLICATES] = {"dup", 5, 7, 'd'},
	[BAD_FCS] = {"bad FCS", 9, 5, 'b'},
	[SECURED] = {"sec", 4, 9, 0},
	[DBM] = {"dBm", 5, 4, 's'},
	[SIGNAL] = {"signal", BAR_MIN + 6, 8, 0},
	[LQI] = {"LQI", 4, 10, 0},
	[HEARD] = {"heard", 7, 6, 'l'},
};

struct layout {
	struct piece column[COLUMNS]; /* with the blank before it, but for the first */
};

static struct layout lay_out(struct live_order order, int width)
{
	struct layout l = {0};

	for (unsigned i = 0; i < COLUMNS; i++)
		l.column[i] = (struct piece){.width = columns[i].width + (i > 0),
		                             .rank = columns[i].key == order.key ? ALWAYS
		                                                                 : columns[i].rank};
	int left = fit(l.column, COLUMNS, width);
	int more = BAR_MAX - (columns[SIGNAL].width - 2);
	l.column[SIGNAL].width += left < more ? left : more;
	return l;
}

/* Names stand at the left of their columns, and so do bars; numbers at the right. */
static void add_cell(struct text *t, const struct layout *l, unsigned column, const char *words)
{
	int width = l->column[column].width - (column > 0);

	text_add(t, "%s%*s", column > 0 ? " " : "",
	         column == SOURCE || column == SIGNAL ? -width : width, words);
}

void top_line_title(struct text *t, struct live_order order, int width)
{
	struct layout l = lay_out(order, width);
	char words[CELL_SIZE];

	for (unsigned i = 0; i < COLUMNS; i++) {
		if (!l.column[i].is_shown)
			continue;
		snprintf(words, sizeof words, "%s%s", columns[i].name,
		         columns[i].key != order.key ? ""
		         : order.reversed            ? " ^"
		                                     : " v");
		add_cell(t, &l, i, words);
	}
}

static void add_number(struct text *t, uint64_t number)
{
	text_add(t, "%" PRIu64, number);
}

static void add_signal(struct text *t, const struct air_source *s, int width)
{
	if (s->has_rssi)
		add_bar(t, (double)(s->rssi - WEAKEST) / (STRONGEST - WEAKEST), width - 2);
}

static void add_value(struct text *t, const struct top_view *v, const struct top_source *row,
                      unsigned column, int width)
{
	const struct air_source *s = &row->source;
	double since = v->now_ns > s->last_ns ? (double)(v->now_ns - s->last_ns) / SECOND : 0;
	char name[32];

	switch ((enum column)column) {
	case SOURCE:
		air_name(name, sizeof name, s);
		return text_add(t, "%s", name);
	case FRAMES:
		return add_number(t, s->frames);
	case RATE:
		return text_add(t, "%.1f", row->rate);
	case MISSING:
		return add_number(t, s->missing);
	case DUPLICATES:
		return add_number(t, s->duplicates);
	case BAD_FCS:
		return add_number(t, s->bad_fcs);
	case SECURED:
		return text_add(t, "%u%%",
		                s->frames ? (unsigned)(s->secured * 100 / s->frames) : 0);
	case DBM:
		return s->has_rssi ? text_add(t, "%d", s->rssi) : text_add(t, "-");
	case SIGNAL:
		return add_signal(t, s, width);
	case LQI:
		return s->has_lqi ? text_add(t, "%u", s->lqi) : text_add(t, "-");
	case HEARD:
		return text_add(t, "%.1f s", since);
	case COLUMNS:
		return;
	}
}

void top_line_source(struct text *t, const struct top_view *v, unsigned i, struct live_order order,
                     int width)
{
	struct layout l = lay_out(order, width);

	for (unsigned c = 0; c < COLUMNS; c++) {
		char words[CELL_SIZE] = "";

		if (!l.column[c].is_shown)
			continue;
		add_value(&(struct text){words, sizeof words, 0}, v, &v->sources[i], c,
		          l.column[c].width - 1);
		add_cell(t, &l, c, words);
	}
}

/* --- keys --- */

static const struct {
	char key;
	const char *word, *brief;
} sorts[] = {
	{'a', "address", "address"}, {'f', "frames", "frames"},   {'r', "rate", "rate"},
	{'m', "missing", "missing"}, {'d', "duplicates", "dup"},  {'b', "bad FCS", "bad"},
	{'s', "signal", "dBm"},      {'l', "last heard", "last"},
};

enum form { FULL, BRIEF, LETTERS };

static void add_keys(struct text *t, struct live_order order, enum form form)
{
	text_add(t, "q quit  %s", form == FULL ? "sort by:" : "sort:");
	for (unsigned i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
		const char *word = form == FULL ? sorts[i].word : sorts[i].brief;

		if (sorts[i].key == order.key)
			text_add(t, " [%c %s %c]", sorts[i].key, word, order.reversed ? '^' : 'v');
		else if (form == LETTERS)
			text_add(t, " %c", sorts[i].key);
		else
			text_add(t, " %c %s", sorts[i].key, word);
	}
	if (form == FULL)
		text_add(t, "  again: the other way");
}

void top_line_keys(struct text *t, struct live_order order, int width)
{
	struct text begin = *t;

	for (enum form form = FULL; form <= LETTERS; form++) {
		*t = begin;
		add_keys(t, order, form);
		if (width == TOP_ALL || t->length - begin.length <= (size_t)width)
			return;
	}
}
