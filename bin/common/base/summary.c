#include "base/summary.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/stats.h"
#include "base/stats_internal.h"
#include "base/text.h"

enum { LINE_SIZE = 1500, LEFT_OUT_MAX = 16, LOSSES_MAX = 64, CAUSES_MAX = 16 };

static const struct summary_part no_parts[] = {{.section = NULL}};
static const struct summary_part *own_parts = no_parts;
static struct {
	const char *section, *name;
} left_out[LEFT_OUT_MAX];
static unsigned left_out_count;
static struct {
	const char *section, *name, *cause;
} causes[CAUSES_MAX];
static unsigned cause_count;
static bool said;

void summary_of(const struct summary_part *parts)
{
	own_parts = parts;
}

static bool is_left_out(const char *section, const char *name)
{
	for (unsigned i = 0; i < left_out_count; i++)
		if (strcmp(left_out[i].section, section) == 0 &&
		    strcmp(left_out[i].name, name) == 0)
			return true;
	return false;
}

void summary_leave_out(const char *section, const char *name)
{
	if (left_out_count < LEFT_OUT_MAX && !is_left_out(section, name)) {
		left_out[left_out_count].section = section;
		left_out[left_out_count++].name = name;
	}
}

void summary_because(const char *section, const char *name, const char *cause)
{
	if (cause_count == CAUSES_MAX)
		return;
	causes[cause_count].section = section;
	causes[cause_count].name = name;
	causes[cause_count++].cause = cause;
}

/* "not written (the output had ended) in output_2": what is in the brackets. */
static void set_cause(char words[STATS_WORDS_SIZE], const char *section, const char *name)
{
	char usual[STATS_WORDS_SIZE];
	char *begin = strchr(words, '('), *end = begin ? strchr(begin, ')') : NULL;

	for (unsigned i = 0; end && i < cause_count; i++) {
		if (strcmp(causes[i].section, section) != 0 || strcmp(causes[i].name, name) != 0)
			continue;
		memcpy(usual, end, strlen(end) + 1);
		snprintf(begin + 1, STATS_WORDS_SIZE - (size_t)(begin + 1 - words), "%s%s",
		         causes[i].cause, usual);
		return;
	}
}

static void add(struct text *t, uint64_t n, const char *words)
{
	char number[TEXT_NUMBER_SIZE];

	text_add(t, "%s%s %s", t->length ? ", " : "", text_number(number, n), words);
}

/* "messages came back": "message came back" */
static void make_singular(char *words)
{
	static const char many[] = "messages ";
	char *found = strstr(words, many);

	if (found)
		memmove(found + strlen(many) - 2, found + strlen(many) - 1,
		        strlen(found + strlen(many) - 1) + 1);
}

static bool was_never_connected(const char *section)
{
	unsigned count;
	const struct stats_section *all = stats_sections(&count);

	for (unsigned s = 0; s < count; s++)
		for (unsigned i = 0; strcmp(all[s].name, section) == 0 && i < all[s].count; i++)
			if (strcmp(all[s].counters[i].name, "connections") == 0)
				return stats_get(&all[s].counters[i]) == 0;
	return false;
}

/* "output" beside "output_2": the number-th of such sections, from 1. */
static bool is_there(const char *section, unsigned number, char name[STATS_SECTION_SIZE])
{
	unsigned count;
	const struct stats_section *all = stats_sections(&count);

	snprintf(name, STATS_SECTION_SIZE, number > 1 ? "%s_%u" : "%s", section, number);
	for (unsigned s = 0; s < count; s++)
		if (strcmp(all[s].name, name) == 0)
			return true;
	return false;
}

/* Of several outputs that of the one which has the most: another one may have had no reader. */
static uint64_t greatest_value(const char *section, const char *counter)
{
	char name[STATS_SECTION_SIZE];
	uint64_t most = stats_value(section, counter);

	for (unsigned i = 2; is_there(section, i, name); i++)
		if (stats_value(name, counter) > most)
			most = stats_value(name, counter);
	return most;
}

static void add_part(struct text *t, const struct summary_part *p)
{
	bool is_unsent = was_never_connected(p->section);
	uint64_t n = is_unsent && p->when_zero ? 0 : greatest_value(p->section, p->name);

	if ((!n && !p->when_zero) || is_left_out(p->section, p->name))
		return;
	if (is_unsent && n)
		add(t, n,
		    n == 1 ? "message not sent (no connection)"
		           : "messages not sent (no connection)");
	else
		add(t, n, n == 1 ? p->one : p->many);
}

/* What several sections have lost in the same way is one number. */
struct loss {
	char words[STATS_WORDS_SIZE];
	uint64_t n;
};

static void note_loss(struct loss losses[LOSSES_MAX], const char *section, char *words, uint64_t n)
{
	char name[STATS_SECTION_SIZE];
	unsigned i = 0;

	if (is_there(section, 2, name))
		snprintf(words + strlen(words), STATS_WORDS_SIZE - strlen(words), " in %s",
		         section);

	while (i < LOSSES_MAX - 1 && losses[i].n && strcmp(losses[i].words, words) != 0)
		i++;
	snprintf(losses[i].words, sizeof losses[i].words, "%s", words);
	losses[i].n += n;
}

static void find_losses(struct loss losses[LOSSES_MAX])
{
	unsigned count;
	const struct stats_section *all = stats_sections(&count);
	char words[STATS_WORDS_SIZE];

	for (unsigned s = 0; s < count; s++)
		for (unsigned i = 0; all[s].number <= 1 && i < all[s].count; i++) {
			const struct counter *c = &all[s].counters[i];
			uint64_t n =
				all[s].number ? stats_value(all[s].name, c->name) : stats_get(c);

			/* What is lost may have come late after all, for a moment. */
			if (n && n <= INT64_MAX &&
			    stats_kind_of(all[s].name, c->name, words) == STATS_LOSS &&
			    !is_left_out(all[s].name, c->name)) {
				set_cause(words, all[s].name, c->name);
				note_loss(losses, all[s].name, words, n);
			}
		}
}

/* Returns how many kinds there are. */
static unsigned add_losses(struct text *t)
{
	struct loss losses[LOSSES_MAX] = {{.n = 0}};
	unsigned found = 0;

	find_losses(losses);
	for (; found < LOSSES_MAX && losses[found].n; found++) {
		if (losses[found].n == 1)
			make_singular(losses[found].words);
		add(t, losses[found].n, losses[found].words);
	}
	return found;
}

void summary_say(void)
{
	char line[LINE_SIZE];
	struct text t = {line, sizeof line, 0};
	const struct summary_part *p = own_parts;

	if (said)
		return;
	said = true;
	stats_refresh_all();
	line[0] = '\0';
	for (; p->section && p->when_zero; p++)
		add_part(&t, p);
	unsigned losses = add_losses(&t);
	if (!losses)
		add(&t, 0, "dropped");
	for (; p->section; p++)
		add_part(&t, p);
	double seconds = stats_seconds();
	text_add(&t, seconds < 9.95 ? ", %.1f s" : ", %.0f s", seconds);
	if (losses || !progress_is_off())
		(losses ? log_warning : log_notice)("%s", line);
}
