#include "base/stats.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats_internal.h"

enum { SECTIONS_MAX = 128, PARTS_MAX = 24, END_SIZE = 3 };

static struct stats_section sections[SECTIONS_MAX];
static _Atomic unsigned section_count;
static int64_t began_ns;
static unsigned number_now; /* of what is registered */

void stats_register_for(unsigned number)
{
	number_now = number;
}

void stats_register(const char *section, struct counter *counters, unsigned n)
{
	if (section_count == SECTIONS_MAX) {
		log_error("more than %d sections of statistics: '%s' is left out", SECTIONS_MAX,
		          section);
		return;
	}
	/* It is whole before a report in another thread can see it. */
	sections[section_count] = (struct stats_section){section, counters, n, number_now};
	section_count++;
}

static struct {
	void (*refresh)(void *context);
	void *context;
} refreshers[SECTIONS_MAX];
static unsigned refresher_count;

void stats_refresh(void (*refresh)(void *context), void *context)
{
	if (refresher_count == SECTIONS_MAX) {
		log_error("more than %d statistics that are worked out: one is left out",
		          SECTIONS_MAX);
		return;
	}
	refreshers[refresher_count].refresh = refresh;
	refreshers[refresher_count++].context = context;
}

void stats_refresh_all(void)
{
	for (unsigned i = 0; i < refresher_count; i++)
		refreshers[i].refresh(refreshers[i].context);
}

const struct stats_section *stats_sections(unsigned *count)
{
	*count = section_count;
	return sections;
}

const char *stats_section_name(char out[STATS_SECTION_SIZE], const struct stats_section *s)
{
	if (s->number)
		snprintf(out, STATS_SECTION_SIZE, "%s_%u", s->name, s->number);
	else
		snprintf(out, STATS_SECTION_SIZE, "%s", s->name);
	return out;
}

void stats_begin(void)
{
	began_ns = monotonic_ns();
}

double stats_seconds(void)
{
	return began_ns ? (double)(monotonic_ns() - began_ns) / 1e9 : 0;
}

/* --- parts --- */

static struct stats_part parts[PARTS_MAX];
static unsigned part_count;
static char counters_room[STATS_REPORT_SIZE + END_SIZE];
static char *room = counters_room;
static size_t room_size = sizeof counters_room;

void stats_register_part(const struct stats_part *part)
{
	char *larger = part_count < PARTS_MAX ? malloc(room_size + part->size) : NULL;

	if (!larger) {
		log_error("a part of the statistics has no room: it is left out");
		return;
	}
	if (room != counters_room)
		free(room);
	room = larger;
	room_size += part->size;
	parts[part_count++] = *part;
}

struct text stats_room(void)
{
	return (struct text){room, room_size, 0};
}

static void add_part(struct text *t, const struct stats_part *part, bool json)
{
	size_t left = t->size - t->length;
	struct text own = {t->out + t->length, left < part->size ? left : part->size, 0};

	(json ? part->json : part->text)(part->context, &own);
	if (own.length + 1 < own.size)
		t->length += own.length;
}

void stats_add_parts(struct text *t, bool json)
{
	for (unsigned i = 0; i < part_count; i++)
		add_part(t, &parts[i], json);
}

/* --- reports --- */

static size_t append(char *out, size_t used, const char *section, const char *name, uint64_t value)
{
	int n = snprintf(out + used, STATS_REPORT_SIZE - used, ",\"%s.%s\":%llu", section, name,
	                 (unsigned long long)value);

	return n > 0 && (size_t)n < STATS_REPORT_SIZE - used ? used + (size_t)n : used;
}

/* Of one there is no more than one of. */
static void append_sums(struct text *t, const struct stats_section *s)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct counter *c = &s->counters[i];

		t->length = append(t->out, t->length, s->name, c->name,
		                   s->number ? stats_value(s->name, c->name) : stats_get(c));
	}
}

static void append_section(struct text *t, const struct stats_section *s)
{
	char name[STATS_SECTION_SIZE];

	stats_section_name(name, s);
	for (unsigned i = 0; i < s->count; i++)
		t->length = append(t->out, t->length, name, s->counters[i].name,
		                   stats_get(&s->counters[i]));
}

static void report_json(void)
{
	struct text t = stats_room();

	t.length = (size_t)snprintf(t.out, STATS_REPORT_SIZE, "{\"tool\":\"%s\"", log_name());
	for (unsigned s = 0; s < section_count; s++)
		if (sections[s].number <= 1)
			append_sums(&t, &sections[s]);
	for (unsigned s = 0; s < section_count; s++)
		if (sections[s].number)
			append_section(&t, &sections[s]);
	t.size -= END_SIZE;
	stats_add_parts(&t, true);
	t.out[t.length++] = '}';
	t.out[t.length++] = '\n';
	log_report(t.out, t.length, true);
}

static void report(enum stats_form form, bool last)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	stats_refresh_all();
	if (form == STATS_JSON)
		report_json();
	else
		stats_report_text(last);
	pthread_mutex_unlock(&lock);
}

void stats_report(enum stats_form form)
{
	report(form, false);
}

void stats_report_last(enum stats_form form)
{
	report(form, true);
}

static const struct counter *find(const struct stats_section *s, const char *section,
                                  const char *name)
{
	for (unsigned i = 0; strcmp(s->name, section) == 0 && i < s->count; i++)
		if (strcmp(s->counters[i].name, name) == 0)
			return &s->counters[i];
	return NULL;
}

uint64_t stats_value(const char *section, const char *name)
{
	uint64_t sum = 0;

	for (unsigned s = 0; s < section_count; s++) {
		const struct counter *c = find(&sections[s], section, name);

		if (c && !sections[s].number)
			return stats_get(c);
		sum += c ? stats_get(c) : 0;
	}
	return sum;
}

uint64_t stats_value_for(unsigned number, const char *section, const char *name)
{
	for (unsigned s = 0; s < section_count; s++) {
		const struct counter *c = find(&sections[s], section, name);

		if (c && sections[s].number == number)
			return stats_get(c);
	}
	return 0;
}
