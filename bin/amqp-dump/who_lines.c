#include "who_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/lines.h"
#include "screen/columns.h"
#include "who_listening.h"

enum { SECOND = 1000000000, SINCE_FROM = 48 /* columns */, WORDS_SIZE = 512, SAYS_MOST = 400 };

/* --- the first line --- */

static unsigned seconds_since(const struct who_view *v, int64_t then)
{
	return v->now_ns > then ? (unsigned)((v->now_ns - then) / SECOND) : 0;
}

static void add_agents(struct words *w, const struct who_view *v, int width)
{
	struct text t = words_begin(w, 1);
	unsigned seconds = seconds_since(v, v->table.begun);
	char when[64];

	if (!v->table.begun) {
		text_add(&t, "no connection to the broker yet, ");
		return;
	}
	text_add(&t, "%u agent%s", v->table.agents, v->table.agents == 1 ? "" : "s");
	if (width == COLUMNS_UNBOUND || width >= SINCE_FROM) {
		readable_time(when, sizeof when, v->table.begun);
		text_add(&t, " since %.8s (%u:%02u:%02u)", when, seconds / 3600, seconds / 60 % 60,
		         seconds % 60);
	}
	text_add(&t, ", ");
	t = words_begin(w, 2);
	text_add(&t, "%.1f packets/s, ", v->rate);
}

static void add_listeners(struct words *w, const struct who_view *v)
{
	struct text t;

	if (v->table.listening == WHO_NOT_ASKED)
		return;
	t = words_begin(w, 4);
	if (v->table.listening == WHO_UNKNOWN)
		text_add(&t, "listeners are not known, ");
	else
		text_add(&t, "%u listener%s, ", v->table.listeners.count,
		         v->table.listeners.count == 1 ? "" : "s");
}

void who_line_head(struct text *t, const struct who_view *v, const char *tool, uint64_t lost,
                   int width)
{
	struct words words = {.count = 0};
	struct text w = words_begin(&words, 6);

	text_add(&w, "%s: ", tool);
	add_agents(&words, v, width);
	add_listeners(&words, v);
	if (lost) {
		w = words_begin(&words, 3);
		text_add(&w, "%" PRIu64 " messages lost on the bus, ", lost);
	}
	if (v->table.left_out) {
		w = words_begin(&words, 5);
		text_add(&w, "no room for %" PRIu64 " messages and %" PRIu64 " packets, ",
		         v->table.left_out, v->table.left_out_packets);
	}
	words_end(t, &words, width);
}

/* --- agents --- */

enum column_of {
	AGENT,
	FROM,
	FROM_RATE,
	TO,
	TO_RATE,
	OCTETS,
	HEARD,
	UP,
	KEYS,
	USER,
	SAYS,
	COLUMNS
};

static const struct column columns[COLUMNS] = {
	[AGENT] = {"agent", 20, COLUMNS_ALWAYS, .key = 'a', .is_left = true},
	[FROM] = {"from it", 9, 1, .key = 'f'},
	[FROM_RATE] = {"/s", 7, 3, .key = 'r'},
	[TO] = {"to it", 9, 2, .key = 't'},
	[TO_RATE] = {"/s", 7, 4, .key = 'r'},
	[OCTETS] = {"octets", 8, 6, .key = 'o'},
	[HEARD] = {"heard", 8, 5, .key = 'l'},
	[UP] = {"up", 8, 10, .key = 0},
	[KEYS] = {"keys", 6, 7, .key = 'k'},
	[USER] = {"user", 12, 9, .key = 'u', .is_left = true},
	[SAYS] = {"says", 16, 8, .key = 0, .most = SAYS_MOST, .is_left = true},
};

/* Keys are known where the broker is asked. */
static void fit(struct columns *c, struct column *own, const struct who_view *v,
                struct live_order order, int width)
{
	memcpy(own, columns, sizeof columns);
	own[KEYS].is_absent = v->table.listening == WHO_NOT_ASKED;
	columns_fit(c, own, COLUMNS, order, width);
}

void who_line_title(struct text *t, const struct who_view *v, struct live_order order, int width)
{
	struct column own[COLUMNS];
	struct columns c;

	fit(&c, own, v, order, width);
	columns_title(t, &c, order);
}

static void add_age(struct text *t, double seconds)
{
	if (seconds < 100)
		text_add(t, "%.1f s", seconds);
	else if (seconds < 6000)
		text_add(t, "%.0f min", seconds / 60);
	else if (seconds < 100.0 * 3600)
		text_add(t, "%.0f h", seconds / 3600);
	else
		text_add(t, "%.0f d", seconds / 86400);
}

/* As the agent said it: any text. */
static void add_uptime(struct text *t, const char *said)
{
	size_t n = strlen(said);

	if (n == 0 || n > 12 || strspn(said, "0123456789") != n)
		text_add(t, "%s", n ? "?" : "-");
	else
		add_age(t, strtod(said, NULL));
}

static void add_octets(struct text *t, const struct who_row *row)
{
	static const char *const suffixes[] = {"", "k", "M", "G", "T", "P", "E"};
	double n = (double)row->octets[WHO_FROM] + (double)row->octets[WHO_TO];
	unsigned i = 0;

	for (; n >= 9999.5 && i + 1 < sizeof suffixes / sizeof suffixes[0]; i++)
		n /= 1000;
	text_add(t, "%.0f%s", n, suffixes[i]);
}

/* What is cut says so. */
static void add_cut(struct text *t, const char *name, int width)
{
	char part[LISTENER_TEXT_MAX];
	bool is_cut = strlen(name) > (size_t)width;

	snprintf(part, sizeof part, "%.*s", is_cut ? width - 1 : width, name);
	if (is_cut)
		text_cut(part);
	text_add(t, "%s%s", part, is_cut ? "~" : "");
}

static void add_said(struct text *t, const struct who_row *row, const struct listener *who)
{
	text_add(t, "%s", row->said);
	if (row->said[0] || row->heard || !who)
		return;
	text_add(t, "listens to ");
	who_listening_keys(t, who, SAYS_MOST);
}

static void add_value(struct text *t, const struct who_view *v, unsigned at, unsigned column,
                      int width)
{
	const struct who_row *row = &v->table.rows[at];
	const struct listener *who = listeners_find(&v->table.listeners, row->name, !row->is_queue);
	const char *user = row->user[0] ? row->user : who ? who->user : "";

	switch ((enum column_of)column) {
	case AGENT:
		return add_cut(t, row->name, width);
	case FROM:
		return text_add(t, "%" PRIu64, row->packets[WHO_FROM]);
	case FROM_RATE:
		return text_add(t, "%.1f", v->rates[at][WHO_FROM]);
	case TO:
		return text_add(t, "%" PRIu64, row->packets[WHO_TO]);
	case TO_RATE:
		return text_add(t, "%.1f", v->rates[at][WHO_TO]);
	case OCTETS:
		return add_octets(t, row);
	case HEARD:
		return row->heard ? add_age(t, v->now_ns > row->heard
		                                       ? (double)(v->now_ns - row->heard) / SECOND
		                                       : 0)
		                  : text_add(t, "never");
	case UP:
		return add_uptime(t, row->uptime);
	case KEYS:
		return who ? text_add(t, "%u", who->keys) : text_add(t, "-");
	case USER:
		return add_cut(t, *user ? user : "-", width);
	case SAYS:
		return add_said(t, row, who);
	case COLUMNS:
		return;
	}
}

void who_line_row(struct text *t, const struct who_view *v, unsigned i, struct live_order order,
                  int width)
{
	struct column own[COLUMNS];
	struct columns c;

	fit(&c, own, v, order, width);
	for (unsigned k = 0; k < COLUMNS; k++) {
		char words[WORDS_SIZE] = "";

		if (!columns_width(&c, k))
			continue;
		add_value(&(struct text){words, sizeof words, 0}, v, v->order[i], k,
		          columns_width(&c, k));
		columns_cell(t, &c, k, words);
	}
}

/* --- keys --- */

void who_line_keys(struct text *t, const struct who_view *v, struct live_order order, int width)
{
	static const struct sort_key keys[] = {
		{'a', "agent", "agent"}, {'f', "from it", "from"},  {'t', "to it", "to"},
		{'r', "rate", "rate"},   {'o', "octets", "octets"}, {'l', "last heard", "last"},
		{'u', "user", "user"},   {'k', "keys", "keys"},
	};
	unsigned count = sizeof keys / sizeof keys[0];

	columns_keys(t, keys, count - (v->table.listening == WHO_NOT_ASKED), order, width);
}
