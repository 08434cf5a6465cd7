#include "links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/names.h"

enum { LINE_MAX_SIZE = 4096 };

struct links *links_new(bool all)
{
	struct links *l = calloc(1, sizeof *l);

	if (l)
		l->all = all;
	return l;
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

static int add_link(struct links *l, char *names, struct why *why)
{
	int members[LINKS_AGENTS_MAX];
	unsigned count = 0;

	for (char *name = names, *end; name; name = end) {
		end = strchr(name, ',');
		if (end)
			*end++ = '\0';
		if (!*name)
			return why_set(why, "has an empty name between, before or behind commas");
		int at = add_agent(l, name, why);
		if (at < 0)
			return -1;
		if (count == LINKS_AGENTS_MAX)
			return why_set(why, "more than %d agents", LINKS_AGENTS_MAX);
		members[count++] = at;
		if (join(l, members, count, why) < 0)
			return -1;
	}
	if (count < 2)
		return why_set(why,
		               "'%s' alone is no link: two agents or more, with commas "
		               "between them",
		               names);
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < count; j++)
			l->linked[members[i]][members[j]] = i != j;
	return 0;
}

/* --- lines --- */

static const char blanks[] = " \t\r\n";

int links_add(struct links *l, const char *line, struct why *why)
{
	char text[LINE_MAX_SIZE];

	line += strspn(line, blanks);
	if (strlen(line) >= sizeof text)
		return why_set(why, "has more than %d octets", LINE_MAX_SIZE - 1);
	snprintf(text, sizeof text, "%s", line);
	char *end = text + strlen(text);
	while (end > text && strchr(blanks, end[-1]))
		*--end = '\0';
	if (l->all)
		return why_set(why, "everybody is linked with everybody already (--all)");
	return add_link(l, text, why);
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
		line[strcspn(line, "#")] = '\0';
		if (line[strspn(line, blanks)] && links_add(l, line, &reason) < 0)
			return why_set(why, "line %u: %s", number, reason.text);
		text += whole + (text[whole] == '\n');
	}
	return 0;
}

int links_check(const struct links *l, struct why *why)
{
	return l->all || l->count ? 0 : why_set(why, "no link");
}
