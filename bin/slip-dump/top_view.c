#include "top_view.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000000, NO_SIGNAL = -200 };

/* --- the time since before --- */

static const struct air_source *find_before(const struct top_view *v, const struct air_source *s)
{
	for (unsigned i = 0; i < v->before_count; i++)
		if (air_is_same(&v->before[i], s))
			return &v->before[i];
	return NULL;
}

static double per_second(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

static void take_sources(struct top_view *v, const struct air *a, double seconds)
{
	static struct air_source all[AIR_SOURCES_MAX];

	v->count = air_busiest(a, all, AIR_SOURCES_MAX);
	for (unsigned i = 0; i < v->count; i++) {
		const struct air_source *b = find_before(v, &all[i]);

		v->sources[i] = (struct top_source){
			all[i], per_second(all[i].frames, b ? b->frames : 0, seconds)};
	}
	memcpy(v->before, all, v->count * sizeof all[0]);
	v->before_count = v->count;
}

/* By page and number; what is not known stands behind them. */
static bool is_behind(const struct top_view *v, unsigned a, unsigned b)
{
	const struct air_channel *first = &v->channels[a], *second = &v->channels[b];
	bool a_is_named = a != AIR_CHANNEL_UNKNOWN && a != AIR_CHANNEL_OTHERS;
	bool b_is_named = b != AIR_CHANNEL_UNKNOWN && b != AIR_CHANNEL_OTHERS;

	if (a_is_named != b_is_named)
		return b_is_named;
	if (first->page != second->page)
		return first->page > second->page;
	return first->number > second->number;
}

static void order_channels(struct top_view *v)
{
	v->heard_count = 0;
	for (unsigned i = 0; i < AIR_CHANNELS; i++) {
		unsigned at = v->heard_count;

		if (!v->channels[i].frames)
			continue;
		for (; at && is_behind(v, v->heard[at - 1], i); at--)
			v->heard[at] = v->heard[at - 1];
		v->heard[at] = i;
		v->heard_count++;
	}
}

static void take_channels(struct top_view *v, const struct air *a, double seconds)
{
	uint64_t before = v->frames;

	memcpy(v->channels_before, v->channels, sizeof v->channels);
	air_channels(a, v->channels);
	v->frames = v->bad_fcs = 0;
	for (unsigned i = 0; i < AIR_CHANNELS; i++) {
		v->frames += v->channels[i].frames;
		v->bad_fcs += v->channels[i].bad_fcs;
		v->load[i] = per_second(v->channels[i].airtime_ns, v->channels_before[i].airtime_ns,
		                        seconds) /
		             SECOND;
	}
	v->rate = per_second(v->frames, before, seconds);
	order_channels(v);
}

void top_view_take(struct top_view *v, const struct air *a, int64_t now_ns, int64_t steady_ns)
{
	double seconds = v->before_ns ? (double)(steady_ns - v->before_ns) / SECOND : 0;

	v->now_ns = now_ns;
	take_sources(v, a, seconds);
	take_channels(v, a, seconds);
	v->before_ns = steady_ns;
}

/* --- order --- */

static int order_key;
static bool order_reversed;

static double value_of(const struct top_source *s)
{
	switch (order_key) {
	case 'r':
		return s->rate;
	case 'm':
		return (double)s->source.missing;
	case 'd':
		return (double)s->source.duplicates;
	case 'b':
		return (double)s->source.bad_fcs;
	case 's':
		return s->source.has_rssi ? s->source.rssi : NO_SIGNAL;
	case 'l':
		return (double)s->source.last_ns;
	default:
		return (double)s->source.frames;
	}
}

static int by_address(const struct top_source *a, const struct top_source *b)
{
	if (a->source.is_extended != b->source.is_extended)
		return a->source.is_extended ? 1 : -1;
	if (a->source.address != b->source.address)
		return a->source.address < b->source.address ? -1 : 1;
	return (a->source.pan > b->source.pan) - (a->source.pan < b->source.pan);
}

/* The most first, and those that are alike by their addresses, so that rows stay where they are. */
static int compare(const void *a_, const void *b_)
{
	const struct top_source *a = a_, *b = b_;
	double first = value_of(a), second = value_of(b);
	int order = order_key == 'a' || first == second ? by_address(a, b)
	            : first > second                    ? -1
	                                                : 1;

	return order_reversed ? -order : order;
}

void top_view_sort(struct top_view *v, int key, bool reversed)
{
	order_key = key;
	order_reversed = reversed;
	qsort(v->sources, v->count, sizeof v->sources[0], compare);
}
