#include "strangers.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "route.h"

#define SECOND INT64_C(1000000000)

/* BURST: so many messages at once, A_SECOND: for long. A long message counts as one more for each
 * OCTETS; one of a linked agent COPY times, as it comes twice meanwhile. */
enum { BURST = 5000, A_SECOND = 1000, OCTETS = 4096, COPY = 2 };
enum { PAUSE_FIRST_S = 5, PAUSE_MAX_S = 40 };

static bool was_told(const struct strangers *s, const char *name)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->names[i], name) == 0)
			return true;
	return false;
}

void strangers_tell(struct route *r, const char *name)
{
	struct strangers *s = &r->strangers;

	if (was_told(s, name))
		return;
	if (s->count < STRANGERS_NAMED) {
		snprintf(s->names[s->count++], sizeof s->names[0], "%s", name);
		log_warning("%s is in no link: its packets go nowhere (rejected_no_link counts "
		            "them)",
		            name);
	} else if (!s->told_of_more) {
		s->told_of_more = true;
		log_warning("%s and others are in no link, too: no more of them are named", name);
	}
}

void strangers_note(struct route *r, const struct bus_message *m, const struct envelope_key *key)
{
	struct strangers *s = &r->strangers;
	int64_t cost = 1 + (int64_t)(m->length / OCTETS);

	if (key && links_find(r->links, key->name) != LINKS_NONE) {
		s->spent += COPY * cost;
		return;
	}
	s->spent += cost;
	route_count(r, ROUTE_MESSAGES, 1);
	if (key) {
		route_count(r, ROUTE_NO_LINK, 1);
		strangers_tell(r, key->name);
	} else {
		route_count(r, ROUTE_KEY, 1);
		limited_info("%s: a routing key that is no agent's", m->key);
	}
}

static void give_back(struct strangers *s, int64_t now)
{
	int64_t passed = now - s->now_ns;
	int64_t back = passed < BURST / A_SECOND * SECOND ? passed / (SECOND / A_SECOND) : BURST;

	if (!back)
		return;
	s->now_ns = now;
	s->spent = s->spent > back ? s->spent - back : 0;
	if (!s->spent && !s->pauses)
		s->pause_s = 0;
}

static void begin_pause(struct route *r, int64_t now)
{
	struct strangers *s = &r->strangers;

	if (!s->pause_s)
		s->pause_s = PAUSE_FIRST_S;
	else if (s->pause_s < PAUSE_MAX_S)
		s->pause_s *= 2;
	s->pauses = true;
	s->counted_ns = now;
	s->resumes_ns = now + s->pause_s * SECOND;
	consumer_overhear(r->consumer, false);
	if (!s->told_of_pauses)
		log_warning("over %d messages a second, or %d MB, are published here: those of "
		            "agents of no link are counted a part of the time alone (the rest of "
		            "it is no_link_unheard_ms)",
		            A_SECOND, A_SECOND * OCTETS / 1000000);
	s->told_of_pauses = true;
}

static void count_pause(struct route *r, int64_t now)
{
	struct strangers *s = &r->strangers;
	int64_t ms = (now - s->counted_ns) / 1000000;

	route_count(r, ROUTE_UNHEARD_MS, (uint64_t)ms);
	s->counted_ns += ms * 1000000;
}

void strangers_work(struct route *r, int *timeout_ms)
{
	struct strangers *s = &r->strangers;
	int64_t now = monotonic_ns();

	give_back(s, now);
	if (s->pauses) {
		count_pause(r, now);
		int left = poll_ms(s->resumes_ns, now);
		if (now >= s->resumes_ns) {
			s->pauses = false;
			consumer_overhear(r->consumer, true);
		} else if (*timeout_ms < 0 || left < *timeout_ms) {
			*timeout_ms = left;
		}
	} else if (s->spent > BURST) {
		begin_pause(r, now);
	}
}

void strangers_begin(struct route *r)
{
	struct strangers *s = &r->strangers;

	if (s->pauses)
		count_pause(r, monotonic_ns());
	s->pauses = false;
}
