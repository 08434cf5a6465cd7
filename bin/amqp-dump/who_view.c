#include "who_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "packet/lines.h"

#define SECOND INT64_C(1000000000)

enum { NAME_SHOWN = 20, USER_SHOWN = 12, AGE_SIZE = 16 };

static double since(const struct who_view *v, int64_t then)
{
	return v->now_ns > then ? (double)(v->now_ns - then) / SECOND : 0;
}

/* A row keeps its place in the table: what stood there before is the same agent. */
void who_view_take(struct who_view *v, int64_t now_ns)
{
	v->now_ns = now_ns;
	v->rate = 0;
	double seconds = since(v, v->before_ns ? v->before_ns : v->table.begun);
	for (unsigned i = 0; i < v->table.count; i++)
		for (unsigned d = 0; d < WHO_DIRECTIONS; d++) {
			uint64_t n = v->table.rows[i].packets[d];

			v->rates[i][d] = seconds > 0 ? (double)(n - v->packets[i][d]) / seconds : 0;
			v->rate += v->rates[i][d];
			v->packets[i][d] = n;
		}
	v->before_ns = v->table.begun ? now_ns : 0;
}

/* --- order --- */

static const struct who_view *sorted;
static int order_key;
static bool order_reversed;

static double value_of(unsigned at)
{
	const struct who_row *row = &sorted->table.rows[at];

	switch (order_key) {
	case 'f':
		return (double)row->packets[WHO_FROM];
	case 't':
		return (double)row->packets[WHO_TO];
	case 'r':
		return sorted->rates[at][WHO_FROM] + sorted->rates[at][WHO_TO];
	case 'o':
		return (double)row->octets[WHO_FROM] + (double)row->octets[WHO_TO];
	case 'l':
		return (double)row->heard;
	default:
		return 0;
	}
}

/* The most first, and those that are alike by their names, so that rows stay where they are. */
static int compare(const void *a_, const void *b_)
{
	const unsigned *a = a_, *b = b_;
	const struct who_row *first = &sorted->table.rows[*a], *second = &sorted->table.rows[*b];
	double x = value_of(*a), y = value_of(*b);
	int order = order_key == 'u' ? strcmp(first->user, second->user) : (x < y) - (x > y);

	if (order == 0)
		order = strcmp(first->name, second->name);
	return order_reversed ? -order : order;
}

void who_view_sort(struct who_view *v, int key, bool reversed)
{
	sorted = v;
	order_key = key;
	order_reversed = reversed;
	for (unsigned i = 0; i < v->table.count; i++)
		v->order[i] = i;
	qsort(v->order, v->table.count, sizeof v->order[0], compare);
}

/* --- text --- */

static const char *write_age(char out[AGE_SIZE], double seconds)
{
	struct text t = {out, AGE_SIZE, 0};

	if (seconds < 100)
		text_add(&t, "%.1f s", seconds);
	else if (seconds < 6000)
		text_add(&t, "%.0f min", seconds / 60);
	else if (seconds < 100.0 * 3600)
		text_add(&t, "%.0f h", seconds / 3600);
	else
		text_add(&t, "%.0f d", seconds / 86400);
	return out;
}

/* As the agent said it: any text. */
static const char *write_uptime(char out[AGE_SIZE], const char *said)
{
	size_t n = strlen(said);

	if (n == 0 || n > 12 || strspn(said, "0123456789") != n)
		return n ? "?" : "-";
	return write_age(out, strtod(said, NULL));
}

static void add_octets(struct text *t, const struct who_row *row)
{
	static const char suffixes[] = " kMGTPE";
	double n = (double)row->octets[WHO_FROM] + (double)row->octets[WHO_TO];
	unsigned i = 0;

	for (; n >= 9999.5 && suffixes[i + 1]; i++)
		n /= 1000;
	text_add(t, " %6.0f%c", n, suffixes[i]);
}

void who_view_head(struct text *t, const struct who_view *v)
{
	char when[64];
	unsigned seconds = (unsigned)since(v, v->table.begun);

	if (!v->table.begun) {
		text_add(t, "no connection to the broker yet");
		return;
	}
	readable_time(when, sizeof when, v->table.begun);
	text_add(t, "%u agent%s since %.8s (%u:%02u:%02u), %.1f packets/s", v->table.count,
	         v->table.count == 1 ? "" : "s", when, seconds / 3600, seconds / 60 % 60,
	         seconds % 60, v->rate);
	if (v->table.left_out)
		text_add(t,
		         ", %" PRIu64 " messages and %" PRIu64
		         " packets of others, for whom there is no room",
		         v->table.left_out, v->table.left_out_packets);
}

void who_view_title(struct text *t)
{
	text_add(t, "%-*s %8s %8s %8s %8s %7s %8s %8s %-*s %s", NAME_SHOWN, "agent", "from it",
	         "/s", "to it", "/s", "octets ", "heard", "up", USER_SHOWN, "user", "says");
}

void who_view_row(struct text *t, const struct who_view *v, unsigned i)
{
	unsigned at = v->order[i];
	const struct who_row *row = &v->table.rows[at];
	char heard[AGE_SIZE] = "never", up[AGE_SIZE];

	if (row->heard)
		write_age(heard, since(v, row->heard));
	text_add(t, "%-*.*s%c %7" PRIu64 " %8.1f %8" PRIu64 " %8.1f", NAME_SHOWN, NAME_SHOWN,
	         row->name, strlen(row->name) > NAME_SHOWN ? '~' : ' ', row->packets[WHO_FROM],
	         v->rates[at][WHO_FROM], row->packets[WHO_TO], v->rates[at][WHO_TO]);
	add_octets(t, row);
	text_add(t, " %8s %8s %-*.*s %s", heard, write_uptime(up, row->uptime), USER_SHOWN,
	         USER_SHOWN, row->user[0] ? row->user : "-", row->said);
}
