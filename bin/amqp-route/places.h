/* places.h - with --all: which of the agents that are heard of have one of the places that there
 * are. Where all are taken, another's is given: of the user who has most, if that is more than the
 * new one's user would have; else one of that user's own that has been silent for some time. Those
 * that the options or the file name keep theirs. */
#ifndef PLACES_H
#define PLACES_H

#include <stdint.h>

#include "links.h"

enum { PLACES_USER_SIZE = 256 };

struct route;

struct places {         /* by the agents' numbers in the links */
	unsigned named; /* the first: those that keep theirs */
	struct place {
		int64_t heard_ns;            /* 0: nothing yet */
		char user[PLACES_USER_SIZE]; /* whom the broker vouches for, "" nobody */
	} list[LINKS_AGENTS_MAX];
};

/* The agent has said something, as this user, whose the place is from now on, unless another's it
 * is who was heard under this name within 10 s. Its place, a new one where it had none; LINKS_NONE:
 * there is none for it. */
int places_meet(struct route *r, const char *name, const char *user);
/* The same of one that has a place; of others nothing. */
void places_refresh(struct route *r, const char *name, const char *user);
/* Links in the place of r->links, which name so many agents: the others are met in them, too. */
void places_move(struct route *r, struct links *links);

/* The place that is given to one of this user now, LINKS_NONE: none. */
int places_choose(const struct places *p, unsigned count, const char *user, int64_t now_ns);

#endif
