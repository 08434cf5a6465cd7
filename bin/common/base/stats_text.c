#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "base/stats_internal.h"
#include "base/text.h"

enum { COUNTERS_MAX = 1024 };

static void add_rate(struct text *t, uint64_t n, double seconds)
{
	double rate = seconds > 0 ? (double)n / seconds : 0;
	char number[TEXT_NUMBER_SIZE];

	if (rate >= 9.95)
		text_add(t, " (%s/s)", text_number(number, (uint64_t)(rate + 0.5)));
	else if (rate >= 0.05)
		text_add(t, " (%.1f/s)", rate);
}

/* Values in the report before, in the order of the sections; what has no room is counted from 0. */
static uint64_t reported[COUNTERS_MAX];

static void add_counter(struct text *t, const char *section, const struct counter *c,
                        uint64_t before, double seconds)
{
	char number[TEXT_NUMBER_SIZE], words[STATS_WORDS_SIZE];
	uint64_t value = stats_get(c);

	if (!value)
		return;
	text_add(t, " %s %s", c->name, text_number(number, value));
	if (stats_kind_of(section, c->name, words) != STATS_LEVEL && value > before)
		add_rate(t, value - before, seconds);
	text_add(t, ",");
}

static bool is_first(const struct stats_section *all, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (strcmp(all[i].name, all[at].name) == 0)
			return false;
	return true;
}

static unsigned first_index(const struct stats_section *all, unsigned section)
{
	unsigned index = 0;

	for (unsigned s = 0; s < section; s++)
		index += all[s].count;
	return index;
}

/* One registration. */
static void add_part(struct text *t, const struct stats_section *part, unsigned index,
                     double seconds, bool last)
{
	for (unsigned i = 0; i < part->count; i++, index++) {
		bool has_room = index < COUNTERS_MAX;

		add_counter(t, part->name, &part->counters[i],
		            has_room && !last ? reported[index] : 0, seconds);
		if (has_room)
			reported[index] = stats_get(&part->counters[i]);
	}
}

/* All that is registered under one name. */
static void add_section(struct text *t, const struct stats_section *all, unsigned count,
                        unsigned at, double seconds, bool last)
{
	size_t start = t->length;

	text_add(t, "  %s:", all[at].name);
	size_t empty = t->length;
	for (unsigned s = at; s < count; s++)
		if (strcmp(all[s].name, all[at].name) == 0)
			add_part(t, &all[s], first_index(all, s), seconds, last);
	if (t->length == empty)
		t->length = start;
	else
		t->out[t->length - 1] = '\n';
	t->out[t->length] = '\0';
}

void stats_report_text(bool last)
{
	static double reported_at;
	struct text t = stats_room();
	size_t whole = t.size;
	double now = stats_seconds(), seconds = last ? now : now - reported_at;
	unsigned count;
	const struct stats_section *all = stats_sections(&count);

	t.size = STATS_REPORT_SIZE;
	text_add(&t, "%s: statistics after %.1f s:\n", log_name(), now);
	size_t empty = t.length;
	for (unsigned s = 0; s < count; s++)
		if (is_first(all, s))
			add_section(&t, all, count, s, seconds, last);
	t.size = whole;
	stats_add_parts(&t, false);
	if (t.length == empty) {
		t.length--;
		text_add(&t, " nothing yet\n");
	}
	reported_at = now;
	log_report(t.out, t.length, false);
}
