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

/* Values in the report before, in the order of the sections, and sums of several alike; what has no
 * room is counted from 0. */
static uint64_t reported[COUNTERS_MAX], reported_sums[COUNTERS_MAX];

static void add_counter(struct text *t, const char *section, const char *name, uint64_t value,
                        uint64_t before, double seconds)
{
	char number[TEXT_NUMBER_SIZE], words[STATS_WORDS_SIZE];

	if (!value)
		return;
	text_add(t, " %s %s", name, text_number(number, value));
	if (stats_kind_of(section, name, words) != STATS_LEVEL && value > before)
		add_rate(t, value - before, seconds);
	text_add(t, ",");
}

static bool is_alike(const struct stats_section *a, const struct stats_section *b)
{
	return a->number == b->number && strcmp(a->name, b->name) == 0;
}

static bool is_first(const struct stats_section *all, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (is_alike(&all[i], &all[at]))
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

struct report {
	double seconds; /* that rates are of */
	bool last, sums;
};

/* One registration. */
static void add_part(struct text *t, const struct stats_section *part, unsigned index,
                     const struct report *r)
{
	uint64_t *before = r->sums ? reported_sums : reported;

	for (unsigned i = 0; i < part->count; i++, index++) {
		const struct counter *c = &part->counters[i];
		uint64_t value = r->sums ? stats_value(part->name, c->name) : stats_get(c);
		bool has_room = index < COUNTERS_MAX;

		add_counter(t, part->name, c->name, value, has_room && !r->last ? before[index] : 0,
		            r->seconds);
		if (has_room)
			before[index] = value;
	}
}

/* All that is registered under one name. */
static void add_section(struct text *t, const struct stats_section *all, unsigned count,
                        unsigned at, const struct report *r)
{
	char name[STATS_SECTION_SIZE];
	size_t start = t->length;

	text_add(t, "  %s:", r->sums ? all[at].name : stats_section_name(name, &all[at]));
	size_t empty = t->length;
	for (unsigned s = at; s < count; s++)
		if (is_alike(&all[s], &all[at]))
			add_part(t, &all[s], first_index(all, s), r);
	if (t->length == empty)
		t->length = start;
	else
		t->out[t->length - 1] = '\n';
	t->out[t->length] = '\0';
}

/* What there is one of, and sums of what there are several of; then these one by one. */
static void add_sections(struct text *t, double seconds, bool last)
{
	struct report r = {.seconds = seconds, .last = last};
	unsigned count;
	const struct stats_section *all = stats_sections(&count);

	for (unsigned s = 0; s < count; s++) {
		r.sums = all[s].number == 1;
		if (all[s].number <= 1 && is_first(all, s))
			add_section(t, all, count, s, &r);
	}
	r.sums = false;
	for (unsigned s = 0; s < count; s++)
		if (all[s].number && is_first(all, s))
			add_section(t, all, count, s, &r);
}

void stats_report_text(bool last)
{
	static double reported_at;
	struct text t = stats_room();
	size_t whole = t.size;
	double now = stats_seconds(), seconds = last ? now : now - reported_at;

	t.size = STATS_REPORT_SIZE;
	text_add(&t, "%s: statistics after %.1f s:\n", log_name(), now);
	size_t empty = t.length;
	add_sections(&t, seconds, last);
	t.size = whole;
	stats_add_parts(&t, false);
	if (t.length == empty) {
		t.length--;
		text_add(&t, " nothing yet\n");
	}
	reported_at = now;
	log_report(t.out, t.length, false);
}
