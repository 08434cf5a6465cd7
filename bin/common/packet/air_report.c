#include "packet/air_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/stats.h"

enum { SECOND = 1000000000, NAME_SIZE = 32, CELL_SIZE = 8, TITLE_SIZE = 128 };

/* --- for people --- */

static void add_count(struct text *t, int width, uint64_t n)
{
	char number[TEXT_NUMBER_SIZE];

	text_add(t, " %*s", width, text_number(number, n));
}

static void add_signal(struct text *t, int width, bool is_known, int value)
{
	char cell[CELL_SIZE] = "-";

	if (is_known)
		snprintf(cell, sizeof cell, "%d", value);
	text_add(t, " %*s", width, cell);
}

static void add_row(struct text *t, const struct air_source *s, int64_t now)
{
	char name[NAME_SIZE];
	int64_t since = now > s->last_ns ? now - s->last_ns : 0;

	air_name(name, sizeof name, s);
	text_add(t, "    %-18s", name);
	add_count(t, 13, s->frames);
	add_count(t, 9, s->missing);
	add_count(t, 11, s->duplicates);
	add_count(t, 8, s->bad_fcs);
	add_signal(t, 5, s->has_rssi, s->rssi);
	add_signal(t, 4, s->has_lqi, s->lqi);
	text_add(t, "  %" PRId64 ".%" PRId64 " s ago\n", since / SECOND,
	         since % SECOND / (SECOND / 10));
}

static void add_title(struct text *t, const char *title, unsigned count)
{
	text_add(t, "  %s: %u source%s%s\n", title, count, count == 1 ? "" : "s",
	         count > AIR_REPORT_ROWS ? ", of which the busiest" : "");
	text_add(t, "    %-18s %13s %9s %11s %8s %5s %4s  %s\n", "address", "frames", "missing",
	         "duplicates", "bad FCS", "RSSI", "LQI", "last heard");
}

static void add_rest(struct text *t, const struct air *a)
{
	char number[TEXT_NUMBER_SIZE];

	if (air_given_way(a))
		text_add(t, "    %s sources gave way to newer ones\n",
		         text_number(number, air_given_way(a)));
	if (air_unknown_bad(a))
		text_add(t, "    %s frames with a bad FCS are of no source that is known\n",
		         text_number(number, air_unknown_bad(a)));
}

void air_report_text(const struct air *a, const char *title, struct text *t, int64_t now)
{
	struct air_source rows[AIR_REPORT_ROWS];
	unsigned count = air_busiest(a, rows, AIR_REPORT_ROWS);

	if (!count)
		return;
	add_title(t, title, air_count(a));
	for (unsigned i = 0; i < count; i++)
		add_row(t, &rows[i], now);
	add_rest(t, a);
}

/* --- for programs --- */

static void add_time(struct text *t, const char *name, int64_t ns)
{
	uint64_t since = ns > 0 ? (uint64_t)ns : 0;

	text_add(t, ",\"%s\":%" PRIu64 ".%09" PRIu64, name, since / SECOND, since % SECOND);
}

static void add_source(struct text *t, const struct air_source *s)
{
	text_add(t,
	         s->is_extended ? "{\"address\":\"%016" PRIx64 "\""
	                        : "{\"address\":\"0x%04" PRIx64 "\"",
	         s->address);
	if (s->has_pan)
		text_add(t, ",\"pan\":\"0x%04x\"", s->pan);
	text_add(t,
	         ",\"frames\":%" PRIu64 ",\"missing\":%" PRIu64 ",\"duplicates\":%" PRIu64
	         ",\"bad_fcs\":%" PRIu64,
	         s->frames, s->missing, s->duplicates, s->bad_fcs);
	if (s->has_rssi)
		text_add(t, ",\"rssi\":%d", s->rssi);
	if (s->has_lqi)
		text_add(t, ",\"lqi\":%u", s->lqi);
	add_time(t, "first_heard", s->first_ns);
	add_time(t, "last_heard", s->last_ns);
	text_add(t, "}");
}

void air_report_json(const struct air *a, const char *name, struct text *t)
{
	struct air_source all[AIR_SOURCES_MAX];
	unsigned count = air_busiest(a, all, AIR_SOURCES_MAX);

	if (!count)
		return;
	text_add(t, ",\"%s\":[", name);
	for (unsigned i = 0; i < count; i++) {
		if (i)
			text_add(t, ",");
		add_source(t, &all[i]);
	}
	text_add(t, "],\"%s.given_way\":%" PRIu64 ",\"%s.unknown_bad_fcs\":%" PRIu64, name,
	         air_given_way(a), name, air_unknown_bad(a));
}

/* --- the part --- */

struct part {
	const struct air *air;
	char name[16], title[TITLE_SIZE];
};

static void say_text(void *part, struct text *t)
{
	const struct part *p = part;

	air_report_text(p->air, p->title, t, now_ns());
}

static void say_json(void *part, struct text *t)
{
	const struct part *p = part;

	air_report_json(p->air, p->name, t);
}

void air_report(struct air *a, unsigned number, const char *probe)
{
	struct part *p = calloc(1, sizeof *p);
	const struct stats_part part = {
		.text = say_text, .json = say_json, .context = p, .size = AIR_REPORT_SIZE};

	if (!p) {
		log_error("what is known of the air is left out of the statistics: out of memory");
		return;
	}
	p->air = a;
	snprintf(p->title, sizeof p->title, "air");
	snprintf(p->name, sizeof p->name, "air");
	if (number) {
		snprintf(p->name, sizeof p->name, "air_%u", number);
		struct text t = {p->title, sizeof p->title, 0};
		text_add(&t, "air_%u (", number);
		t.length += escape(p->title + t.length, sizeof p->title - t.length - 1, probe,
		                   strlen(probe));
		text_add(&t, ")");
	}
	stats_register_part(&part);
}
