#include "top_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "screen/columns.h"

enum { SECOND = 1000000000, WEAKEST = -100, STRONGEST = -28 };
enum { BAR_MIN = 8, BAR_MAX = 40, CELL_SIZE = 64 };

static void add_bar(struct text *t, double share, int width)
{
	int n = share <= 0 ? 0 : share >= 1 ? width : (int)(share * width + 0.5);

	text_add(t, "[%.*s%*s]", n, "########################################", width - n, "");
}

/* --- the first line --- */

static void add_counts(struct words *w, const struct top_view *v, const struct top_sums *sums)
{
	struct text t;

	t = words_begin(w, 1);
	text_add(&t, "%" PRIu64 " frame%s, ", v->frames, v->frames == 1 ? "" : "s");
	t = words_begin(w, 4);
	text_add(&t, "%.1f/s, ", v->rate);
	t = words_begin(w, 5);
	text_add(&t, "%" PRIu64 " with a bad FCS, ", v->bad_fcs);
	t = words_begin(w, 3);
	text_add(&t, "%" PRIu64 " dropped, ", sums->dropped);
	t = words_begin(w, 2);
	text_add(&t, "%u source%s, ", v->count, v->count == 1 ? "" : "s");
	if (!sums->given_way)
		return;
	t = words_begin(w, 8);
	text_add(&t, "%" PRIu64 " gone before, ", sums->given_way);
}

static void add_run(struct words *w, const struct top_sums *sums)
{
	unsigned seconds = (unsigned)sums->seconds;
	struct text t;

	t = words_begin(w, 9);
	text_add(&t, "%s: ", sums->tool);
	t = words_begin(w, 7);
	text_add(&t, "%u probe%s, ", sums->probes, sums->probes == 1 ? "" : "s");
	t = words_begin(w, 6);
	text_add(&t, "%02u:%02u:%02u, ", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void top_line_head(struct text *t, const struct top_view *v, const struct top_sums *sums, int width)
{
	struct words words = {.count = 0};

	add_run(&words, sums);
	add_counts(&words, v, sums);
	words_end(t, &words, width);
}

static void add_channel_name(struct text *t, const struct air_channel *c, unsigned place)
{
	char name[32] = "?";

	if (place == AIR_CHANNEL_OTHERS)
		snprintf(name, sizeof name, "others");
	else if (place != AIR_CHANNEL_UNKNOWN && c->page)
		snprintf(name, sizeof name, "%u of page %u", c->number, c->page);
	else if (place != AIR_CHANNEL_UNKNOWN)
		snprintf(name, sizeof name, "%u", c->number);
	text_add(t, "channel %-2s", name);
}

void top_line_channel(struct text *t, const struct top_view *v, unsigned place, int width)
{
	const struct air_channel *c = &v->channels[place];
	bool has_rate = air_has_rate(c, place);
	char counts[CELL_SIZE];
	int bar = has_rate ? BAR_MAX : 0;

	snprintf(counts, sizeof counts, " %" PRIu64 " frame%s, %" PRIu64 " bad", c->frames,
	         c->frames == 1 ? "" : "s", c->bad_fcs);
	add_channel_name(t, c, place);
	if (has_rate)
		text_add(t, " %5.1f %%", v->load[place] * 100);
	else
		text_add(t, " %7s", "-");
	if (width != COLUMNS_UNBOUND && width - (int)(t->length + strlen(counts)) - 3 < bar)
		bar = width - (int)(t->length + strlen(counts)) - 3;
	if (bar >= BAR_MIN) {
		text_add(t, " ");
		add_bar(t, v->load[place], bar);
	}
	text_add(t, "%s", counts);
}

/* --- sources --- */

enum column_of {
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

static const struct column columns[COLUMNS] = {
	[SOURCE] = {"source", 18, COLUMNS_ALWAYS, .key = 'a', .is_left = true},
	[FRAMES] = {"frames", 10, 1, .key = 'f'},
	[RATE] = {"/s", 7, 2, .key = 'r'},
	[MISSING] = {"missing", 9, 3, .key = 'm'},
	[DUPLICATES] = {"dup", 5, 7, .key = 'd'},
	[BAD_FCS] = {"bad FCS", 9, 5, .key = 'b'},
	[SECURED] = {"sec", 4, 9, .key = 0},
	[DBM] = {"dBm", 5, 4, .key = 's'},
	[SIGNAL] = {"signal", BAR_MIN + 6, 8, .key = 0, .most = BAR_MAX + 2, .is_left = true},
	[LQI] = {"LQI", 4, 10, .key = 0},
	[HEARD] = {"heard", 7, 6, .key = 'l'},
};

void top_line_title(struct text *t, struct live_order order, int width)
{
	struct columns c;

	columns_fit(&c, columns, COLUMNS, order, width);
	columns_title(t, &c, order);
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

	switch ((enum column_of)column) {
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
	struct columns c;

	columns_fit(&c, columns, COLUMNS, order, width);
	for (unsigned k = 0; k < COLUMNS; k++) {
		char words[CELL_SIZE] = "";

		if (!columns_width(&c, k))
			continue;
		add_value(&(struct text){words, sizeof words, 0}, v, &v->sources[i], k,
		          columns_width(&c, k));
		columns_cell(t, &c, k, words);
	}
}

/* --- keys --- */

static const struct sort_key sorts[] = {
	{'a', "address", "address"}, {'f', "frames", "frames"},   {'r', "rate", "rate"},
	{'m', "missing", "missing"}, {'d', "duplicates", "dup"},  {'b', "bad FCS", "bad"},
	{'s', "signal", "dBm"},      {'l', "last heard", "last"},
};

void top_line_keys(struct text *t, struct live_order order, int width)
{
	columns_keys(t, sorts, sizeof sorts / sizeof sorts[0], order, width);
}
