#include "base/stats.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { SECTIONS_MAX = 32, REPORT_SIZE = 16384 };

static struct section {
	const char *name;
	struct counter *counters;
	unsigned count;
} sections[SECTIONS_MAX];
static unsigned section_count;

void stats_register(const char *section, struct counter *counters, unsigned n)
{
	if (section_count == SECTIONS_MAX)
		log_error("more than %d sections of statistics: '%s' is left out", SECTIONS_MAX,
		          section);
	else
		sections[section_count++] = (struct section){section, counters, n};
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

static size_t append(char *out, size_t used, const char *format, const char *section,
                     const struct counter *c)
{
	int n = snprintf(out + used, REPORT_SIZE - used, format, section, c->name,
	                 (unsigned long long)stats_get(c));

	return n > 0 && (size_t)n < REPORT_SIZE - used ? used + (size_t)n : used;
}

void stats_report(enum stats_form form)
{
	const char *format = form == STATS_JSON ? ",\"%s.%s\":%llu" : " %s.%s=%llu";
	const char *start = form == STATS_JSON ? "{\"tool\":\"%s\"" : "%s: statistics:";
	char out[REPORT_SIZE + 3];
	size_t used = (size_t)snprintf(out, REPORT_SIZE, start, log_name());

	for (unsigned i = 0; i < refresher_count; i++)
		refreshers[i].refresh(refreshers[i].context);
	for (unsigned s = 0; s < section_count; s++)
		for (unsigned i = 0; i < sections[s].count; i++)
			used = append(out, used, format, sections[s].name,
			              &sections[s].counters[i]);
	if (form == STATS_JSON)
		out[used++] = '}';
	out[used++] = '\n';
	if (write(STDERR_FILENO, out, used) < 0)
		return;
}

uint64_t stats_value(const char *section, const char *name)
{
	for (unsigned s = 0; s < section_count; s++)
		for (unsigned i = 0; i < sections[s].count; i++)
			if (strcmp(sections[s].name, section) == 0 &&
			    strcmp(sections[s].counters[i].name, name) == 0)
				return stats_get(&sections[s].counters[i]);
	return 0;
}
