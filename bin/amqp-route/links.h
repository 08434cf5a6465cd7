/* links.h - who is linked with whom: a value that is made of lines, by option or out of a file, and
 * never changed afterwards. A pair of agents stands in one link alone.
 *
 *     A,B[,C…] [NAME=VALUE …]    a link: each of these agents with each other
 *     A>B NAME=VALUE …           what is done to the packets of one direction; A>*, *>B and *>*
 *                                are several, and what comes later counts
 *
 * VALUE may stand in quotes, '' or "", and has to where it has blanks.
 *
 * Does no I/O. */
#ifndef LINKS_H
#define LINKS_H

#include <stdbool.h>

#include "envelope.h"
#include "impair.h"

enum { LINKS_AGENTS_MAX = 60, LINKS_ONLY_MAX = 64, LINKS_NONE = -1 };

struct links {
	char names[LINKS_AGENTS_MAX][ENVELOPE_NAME_MAX + 1];
	unsigned count;
	bool all; /* everybody with everybody: agents are added as they are heard of */
	bool linked[LINKS_AGENTS_MAX][LINKS_AGENTS_MAX]; /* [from][to] */
	/* [from][to]; those of `base`, where nothing else was said. */
	struct impair_settings ways[LINKS_AGENTS_MAX][LINKS_AGENTS_MAX], base;
	/* private: filters of these texts */
	struct {
		char *text;
		struct only *only;
	} onlys[LINKS_ONLY_MAX];
	unsigned only_count;
};

/* base: of all directions. only: NULL, or the text of its filter. NULL with why. */
struct links *links_new(bool all, const struct impair_settings *base, const char *only,
                        struct why *why);
void links_free(struct links *l); /* NULL: nothing */
/* One line; blanks around it are passed over. 0, or -1 with why: nothing has changed then but
 * perhaps the agents. */
int links_add(struct links *l, const char *line, struct why *why);
/* A whole file, whose lines may be empty, or comments behind '#'. 0, or -1 with why: "line N: …".
 */
int links_add_lines(struct links *l, const char *text, struct why *why);
/* 0, or -1 with why: there is no link. */
int links_check(const struct links *l, struct why *why);

/* The same agents in the same order, and the same is done to what passes. */
bool links_equal(const struct links *a, const struct links *b);

/* An agent's place in names, LINKS_NONE: it is in no link. */
int links_find(const struct links *l, const char *name);
/* With `all`: adds it, linked with all that are there. LINKS_NONE: there is no room, or it can be
 * no agent's name. */
int links_meet(struct links *l, const char *name);
static inline bool links_reach(const struct links *l, unsigned from, unsigned to)
{
	return l->all ? from != to : l->linked[from][to];
}

#endif
