#include "top_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000000, BAR = 12, LOAD_BAR = 40, WEAKEST = -100, STRONGEST = -28 };

/* --- the time since before --- */

static const struct air_source *find_before(const struct top_view *v, const struct air_source *s)
{
	for (unsigned i = 0; i < v->before_count; i++) {
		const struct air_source *b = &v->before[i];

		if (b->address == s->address && b->is_extended == s->is_extended &&
		    (s->is_extended || b->pan == s->pan))
			return b;
	}
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
}

void top_view_take(struct top_view *v, const struct air *a, int64_t now_ns)
{
	double seconds = v->before_ns ? (double)(now_ns - v->before_ns) / SECOND : 0;

	v->now_ns = now_ns;
	take_sources(v, a, seconds);
	take_channels(v, a, seconds);
	v->before_ns = now_ns;
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
		return s->source.has_rssi ? s->source.rssi : WEAKEST * 2;
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

/* --- text --- */

static void add_bar(struct text *t, double share, int width)
{
	int n = share <= 0 ? 0 : share >= 1 ? width : (int)(share * width + 0.5);

	text_add(t, "[%.*s%*s]", n, "########################################", width - n, "");
}

void top_view_title(struct text *t)
{
	text_add(t, "%-18s %10s %8s %8s %5s %7s %4s %5s %-14s %4s %7s", "source", "frames", "/s",
	         "missing", "dup", "bad FCS", "sec", "dBm", "signal", "LQI", "heard");
}

static void add_signal(struct text *t, const struct air_source *s)
{
	if (s->has_rssi) {
		text_add(t, " %5d ", s->rssi);
		add_bar(t, (double)(s->rssi - WEAKEST) / (STRONGEST - WEAKEST), BAR);
	} else {
		text_add(t, " %5s %-14s", "-", "");
	}
	if (s->has_lqi)
		text_add(t, " %4u", s->lqi);
	else
		text_add(t, " %4s", "-");
}

void top_view_source(struct text *t, const struct top_view *v, unsigned i)
{
	const struct air_source *s = &v->sources[i].source;
	double since = v->now_ns > s->last_ns ? (double)(v->now_ns - s->last_ns) / SECOND : 0;
	unsigned secured = s->frames ? (unsigned)(s->secured * 100 / s->frames) : 0;
	char name[32];

	air_name(name, sizeof name, s);
	text_add(t, "%-18s %10llu %8.1f %8llu %5llu %7llu %3u%%", name,
	         (unsigned long long)s->frames, v->sources[i].rate, (unsigned long long)s->missing,
	         (unsigned long long)s->duplicates, (unsigned long long)s->bad_fcs, secured);
	add_signal(t, s);
	text_add(t, " %5.1f s", since);
}

void top_view_channel(struct text *t, const struct top_view *v, unsigned channel)
{
	const struct air_channel *c = &v->channels[channel];
	char name[16] = "?";

	if (channel != AIR_CHANNEL_UNKNOWN)
		snprintf(name, sizeof name, "%u", channel);
	text_add(t, "channel %-2s %5.1f %% ", name, v->load[channel] * 100);
	add_bar(t, v->load[channel], LOAD_BAR);
	text_add(t, " %llu frames, %llu bad", (unsigned long long)c->frames,
	         (unsigned long long)c->bad_fcs);
}
