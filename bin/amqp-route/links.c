#include "links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/names.h"
#include "look.h"

enum { LINE_MAX_SIZE = 4096, WORDS_MAX = 16 /* of a line; there are fewer */ };

void links_free(struct links *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < l->only_count; i++) {
		free(l->onlys[i].text);
		only_free(l->onlys[i].only);
	}
	free(l);
}

/* The same text is one filter. */
static const struct only *find_only(struct links *l, const char *text, struct why *why)
{
	for (unsigned i = 0; i < l->only_count; i++)
		if (strcmp(l->onlys[i].text, text) == 0)
			return l->onlys[i].only;
	if (l->only_count == LINKS_ONLY_MAX) {
		why_set(why, "more than %d filters", LINKS_ONLY_MAX);
		return NULL;
	}
	struct only *only = only_new(text, why);
	if (!only)
		return NULL;
	l->onlys[l->only_count].text = strdup(text);
	l->onlys[l->only_count].only = only;
	l->only_count += l->onlys[l->only_count].text != NULL;
	return only;
}

struct links *links_new(bool all, const struct impair_settings *base, const char *only,
                        struct why *why)
{
	struct links *l = calloc(1, sizeof *l);
	struct why reason;

	if (!l) {
		why_set(why, "out of memory");
		return NULL;
	}
	l->all = all;
	l->base = *base;
	int status = impair_check(base, &reason);
	if (status == 0 && only && !(l->base.only = find_only(l, only, &reason)))
		status = -1;
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++)
		for (unsigned j = 0; j < LINKS_AGENTS_MAX; j++)
			l->ways[i][j] = l->base;
	if (status == 0)
		return l;
	why_set(why, "%s", reason.text);
	links_free(l);
	return NULL;
}

int links_find(const struct links *l, const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (strcmp(l->names[i], name) == 0)
			return (int)i;
	return LINKS_NONE;
}

static int add_agent(struct links *l, const char *name, struct why *why)
{
	struct why reason;
	int at = links_find(l, name);

	if (at != LINKS_NONE)
		return at;
	if (agent_name_check(name, &reason) < 0)
		return why_set(why, "'%.100s': a name %s", name, reason.text);
	if (l->count == LINKS_AGENTS_MAX)
		return why_set(why, "'%s': more than %d agents", name, LINKS_AGENTS_MAX);
	snprintf(l->names[l->count], sizeof l->names[0], "%s", name);
	return (int)l->count++;
}

int links_meet(struct links *l, const char *name)
{
	int at = add_agent(l, name, NULL);

	return at < 0 ? LINKS_NONE : at;
}

/* --- one link --- */

/* Each with those before it. */
static int join(struct links *l, const int *members, unsigned count, struct why *why)
{
	unsigned last = count - 1;
	int new = members[last];

	for (unsigned i = 0; i < last; i++) {
		int other = members[i];

		if (new == other)
			return why_set(why, "'%s': stands twice in a link", l->names[new]);
		if (l->linked[other][new])
			return why_set(why, "'%s' and '%s': are in a link together already",
			               l->names[other], l->names[new]);
	}
	return 0;
}

/* Both ends of each direction that a line is about. */
struct members {
	int agents[LINKS_AGENTS_MAX];
	unsigned count;
};

static int add_link(struct links *l, char *names, struct members *m, struct why *why)
{
	for (char *name = names, *end; name; name = end) {
		end = strchr(name, ',');
		if (end)
			*end++ = '\0';
		if (!*name)
			return why_set(why, "has an empty name between, before or behind commas");
		int at = add_agent(l, name, why);
		if (at < 0)
			return -1;
		if (m->count == LINKS_AGENTS_MAX)
			return why_set(why, "more than %d agents", LINKS_AGENTS_MAX);
		m->agents[m->count++] = at;
		if (join(l, m->agents, m->count, why) < 0)
			return -1;
	}
	if (m->count < 2)
		return why_set(why,
		               "'%s' alone is no link: two agents or more, with commas "
		               "between them",
		               names);
	for (unsigned i = 0; i < m->count; i++)
		for (unsigned j = 0; j < m->count; j++)
			l->linked[m->agents[i]][m->agents[j]] = i != j;
	return 0;
}

/* --- lines --- */

static const char blanks[] = " \t\r\n";

/* The next word of a line, at whose end *at is left; quotes within it are taken off. NULL: there is
 * none. */
static char *next_word(char **at, struct why *why)
{
	char *word = *at + strspn(*at, blanks), *to = word, quote = '\0';
	char *from = word;

	if (!*word)
		return NULL;
	for (; *from && (quote || !strchr(blanks, *from)); from++) {
		if (quote ? *from == quote : *from == '\'' || *from == '"')
			quote = quote ? '\0' : *from;
		else
			*to++ = *from;
	}
	if (quote)
		why_set(why, "a quote (%c) that does not end", quote);
	*at = from + (*from != '\0');
	*to = '\0';
	return quote ? NULL : word;
}

static bool is_among(const char *const *names, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* What a line says is done. only: set where it says which packets are meant. */
static int read_settings(struct links *l, char *at, struct impair_settings *s, struct why *why)
{
	const char *names[WORDS_MAX];
	unsigned count = 0;
	char *word;

	why->text[0] = '\0';
	while ((word = next_word(&at, why))) {
		char *value = strchr(word, '=');

		if (!value)
			return why_set(why, "'%.100s': must be NAME=VALUE (names have no blanks)",
			               word);
		*value++ = '\0';
		if (is_among(names, count, word))
			return why_set(why, "'%.100s': is given twice", word);
		if (count < WORDS_MAX)
			names[count++] = word;
		if (strcmp(word, "only") != 0) {
			if (impair_set(s, word, value, why) < 0)
				return -1;
		} else if (!(s->only = find_only(l, value, why))) {
			return -1;
		}
	}
	return why->text[0] ? -1 : impair_check(s, why);
}

static int read_end(struct links *l, const char *name, struct why *why)
{
	if (strcmp(name, "*") == 0)
		return LINKS_NONE;
	int at = l->all ? add_agent(l, name, why) : links_find(l, name);
	return at < 0 ? why_set(why, "'%.100s': is in no link", name) - 1 : at;
}

/* Directions from `from` to `to`, of which LINKS_NONE is everybody. What is said is added to what
 * was said of them before. changes: false: it is only looked at. Of how many, or -1 with why. */
static int say_of_ways(struct links *l, int from, int to, const char *words, bool changes,
                       struct why *why)
{
	int count = 0;

	for (int i = 0; i < LINKS_AGENTS_MAX; i++) {
		for (int j = 0; j < LINKS_AGENTS_MAX; j++) {
			char copy[LINE_MAX_SIZE];

			if ((from >= 0 && i != from) || (to >= 0 && j != to) ||
			    !links_reach(l, (unsigned)i, (unsigned)j))
				continue;
			struct impair_settings s = l->ways[i][j];
			snprintf(copy, sizeof copy, "%s", words);
			if (read_settings(l, copy, &s, why) < 0)
				return -1;
			if (changes)
				l->ways[i][j] = s;
			count++;
		}
	}
	return count;
}

static int change_ways(struct links *l, char *ends, const char *words, struct why *why)
{
	char *to_name = strchr(ends, '>');

	*to_name++ = '\0';
	if (!words[strspn(words, blanks)])
		return why_set(why, "says nothing of this direction: %s>%s drop=1, for example",
		               ends, to_name);
	int from = read_end(l, ends, why),
	    to = from < LINKS_NONE ? from : read_end(l, to_name, why);
	if (to < LINKS_NONE)
		return -1;
	int count = say_of_ways(l, from, to, words, false, why);
	if (count > 0)
		count = say_of_ways(l, from, to, words, true, why);
	if (count < 0)
		return -1;
	return count ? 0
	             : why_set(why, "'%.100s' and '%.100s': are in no link together", ends,
	                       to_name);
}

static int add_link_with(struct links *l, char *names, char *words, struct why *why)
{
	struct members m = {.count = 0};
	struct impair_settings s = l->base;

	if (l->all)
		return why_set(why, "everybody is linked with everybody already (--all)");
	if (read_settings(l, words, &s, why) < 0 || add_link(l, names, &m, why) < 0)
		return -1;
	for (unsigned i = 0; i < m.count; i++)
		for (unsigned j = 0; j < m.count; j++)
			l->ways[m.agents[i]][m.agents[j]] = s;
	return 0;
}

int links_add(struct links *l, const char *line, struct why *why)
{
	char text[LINE_MAX_SIZE];

	line += strspn(line, blanks);
	if (strlen(line) >= sizeof text)
		return why_set(why, "has more than %d octets", LINE_MAX_SIZE - 1);
	snprintf(text, sizeof text, "%s", line);
	size_t first = strcspn(text, blanks);
	char *words = text + first + (text[first] != '\0');
	text[first] = '\0';
	return strchr(text, '>') ? change_ways(l, text, words, why)
	                         : add_link_with(l, text, words, why);
}

/* From a '#' that stands in no quotes on. */
static void cut_comment(char *line)
{
	char quote = '\0';

	for (; *line && (quote || *line != '#'); line++)
		if (quote ? *line == quote : *line == '\'' || *line == '"')
			quote = quote ? '\0' : *line;
	*line = '\0';
}

int links_add_lines(struct links *l, const char *text, struct why *why)
{
	char line[LINE_MAX_SIZE];
	struct why reason;

	for (unsigned number = 1; *text; number++) {
		size_t whole = strcspn(text, "\n"), length = whole;

		if (length >= sizeof line)
			return why_set(why, "line %u: has more than %zu octets", number,
			               sizeof line - 1);
		memcpy(line, text, length);
		line[length] = '\0';
		cut_comment(line);
		if (line[strspn(line, blanks)] && links_add(l, line, &reason) < 0)
			return why_set(why, "line %u: %s", number, reason.text);
		text += whole + (text[whole] == '\n');
	}
	return 0;
}

static const char *text_of(const struct links *l, const struct only *only)
{
	for (unsigned i = 0; i < l->only_count; i++)
		if (l->onlys[i].only == only)
			return l->onlys[i].text;
	return "";
}

static bool are_equal_ways(const struct links *a, const struct links *b, unsigned from, unsigned to)
{
	const struct impair_settings *of_a = &a->ways[from][to], *of_b = &b->ways[from][to];

	if (a->linked[from][to] != b->linked[from][to])
		return false;
	return !links_reach(a, from, to) ||
	       (impair_equal(of_a, of_b) &&
	        strcmp(text_of(a, of_a->only), text_of(b, of_b->only)) == 0);
}

bool links_equal(const struct links *a, const struct links *b)
{
	bool equal = a->all == b->all && a->count == b->count;

	for (unsigned i = 0; equal && i < a->count; i++)
		equal = strcmp(a->names[i], b->names[i]) == 0;
	/* Also of agents that are not known yet. */
	for (unsigned i = 0; equal && i < LINKS_AGENTS_MAX; i++)
		for (unsigned j = 0; equal && j < LINKS_AGENTS_MAX; j++)
			equal = are_equal_ways(a, b, i, j);
	return equal;
}

int links_check(const struct links *l, struct why *why)
{
	return l->all || l->count ? 0 : why_set(why, "no link");
}
