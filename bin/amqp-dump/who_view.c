#include "who_view.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

static double between(int64_t then, int64_t now)
{
	return now > then ? (double)(now - then) / SECOND : 0;
}

/* A row keeps its place in the table: what stood there before is the same agent. */
void who_view_take(struct who_view *v, int64_t now_ns, int64_t steady_ns)
{
	v->now_ns = now_ns;
	v->rate = 0;
	double seconds =
		v->before_ns ? between(v->before_ns, steady_ns) : between(v->table.begun, now_ns);
	for (unsigned i = 0; i < v->table.count; i++)
		for (unsigned d = 0; d < WHO_DIRECTIONS; d++) {
			uint64_t n = v->table.rows[i].packets[d];

			v->rates[i][d] = seconds > 0 ? (double)(n - v->packets[i][d]) / seconds : 0;
			v->rate += v->rates[i][d];
			v->packets[i][d] = n;
		}
	v->before_ns = v->table.begun ? steady_ns : 0;
}

/* --- order --- */

static const struct who_view *sorted;
static int order_key;
static bool order_reversed;

static double keys_of(const struct who_row *row)
{
	const struct listener *who =
		listeners_find(&sorted->table.listeners, row->name, !row->is_queue);

	return who ? who->keys : 0;
}

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
	case 'k':
		return keys_of(row);
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
