#include "places.h"

#include <stdio.h>
#include <string.h>

#include "agent/names.h"
#include "base/clock.h"
#include "base/limit.h"
#include "route.h"

#define SILENT_NS (INT64_C(10) * 1000000000)

/* --- who gives way --- */

static unsigned count_of(const struct places *p, unsigned count, const char *user)
{
	unsigned n = 0;

	for (unsigned i = p->named; i < count; i++)
		n += strcmp(p->list[i].user, user) == 0;
	return n;
}

/* user NULL: of all. */
static int least_heard(const struct places *p, unsigned count, const char *user)
{
	int found = LINKS_NONE;

	for (unsigned i = p->named; i < count; i++)
		if ((!user || strcmp(p->list[i].user, user) == 0) &&
		    (found == LINKS_NONE || p->list[i].heard_ns < p->list[found].heard_ns))
			found = (int)i;
	return found;
}

int places_choose(const struct places *p, unsigned count, const char *user, int64_t now_ns)
{
	unsigned own = count_of(p, count, user), most = 0;
	const char *of = NULL;

	for (unsigned i = p->named; i < count; i++) {
		unsigned n = count_of(p, count, p->list[i].user);

		if (n > most) {
			most = n;
			of = p->list[i].user;
		}
	}
	if (most > own + 1)
		return least_heard(p, count, of);
	int found = least_heard(p, count, own ? user : NULL);
	return found == LINKS_NONE || now_ns - p->list[found].heard_ns < SILENT_NS ? LINKS_NONE
	                                                                           : found;
}

/* --- places --- */

/* Else who speaks in the names of others would be counted as having their places, which would be
 * given away then. */
static bool belongs_to(const struct place *place, const char *user, int64_t now_ns)
{
	return !place->heard_ns || strcmp(place->user, user) == 0 ||
	       now_ns - place->heard_ns >= SILENT_NS;
}

static void note(struct places *p, int at, const char *user)
{
	struct place *place = &p->list[at];
	int64_t now = monotonic_ns();

	if (!belongs_to(place, user, now))
		return;
	place->heard_ns = now;
	if (strcmp(place->user, user) != 0)
		snprintf(place->user, sizeof place->user, "%s", user);
}

static void give(struct route *r, int at, const char *name)
{
	struct links *l = r->links;

	route_count(r, ROUTE_EVICTED, 1);
	limited_warning(
		"%s has the place of %s, from whom least has been heard: no more than %d agents "
		"are linked (--require-user says who may be one)",
		name, l->names[at], LINKS_AGENTS_MAX);
	snprintf(l->names[at], sizeof l->names[at], "%s", name);
	r->places.list[at].heard_ns = 0;
	route_forget_agent(r, (unsigned)at);
}

int places_meet(struct route *r, const char *name, const char *user)
{
	struct links *l = r->links;
	int at = links_meet(l, name);

	if (at == LINKS_NONE && l->count == LINKS_AGENTS_MAX && agent_name_check(name, NULL) == 0) {
		at = places_choose(&r->places, l->count, user, monotonic_ns());
		if (at != LINKS_NONE)
			give(r, at, name);
	}
	if (at != LINKS_NONE)
		note(&r->places, at, user);
	return at;
}

void places_refresh(struct route *r, const char *name, const char *user)
{
	int at = links_find(r->links, name);

	if (at != LINKS_NONE)
		note(&r->places, at, user);
}

void places_move(struct route *r, struct links *links)
{
	struct places moved = {.named = links->count};

	for (unsigned i = 0; r->links->all && i < r->links->count; i++) {
		int at = links_meet(links, r->links->names[i]);

		if (at != LINKS_NONE)
			moved.list[at] = r->places.list[i];
	}
	r->places = moved;
}
