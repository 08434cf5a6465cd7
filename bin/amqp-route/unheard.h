/* unheard.h - agents of the links from which nothing has come yet: told once, so that a name that
 * is written wrongly, or an agent that is somewhere else, does not look like a quiet one. */
#ifndef UNHEARD_H
#define UNHEARD_H

#include "base/progress.h"
#include "links.h"

/* All zero at first. */
struct unheard {
	/* private */
	bool is_on, heard[LINKS_AGENTS_MAX];
	struct progress_wait waits;
};

/* The queues are bound, or the links are others: from now on it is waited for them. */
void unheard_begin(struct unheard *u, const struct links *l);
/* The agent has said something, or published. */
void unheard_note(struct unheard *u, const struct links *l, const char *name);

#endif
