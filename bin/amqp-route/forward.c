#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/os.h"
#include "impaired.h"
#include "slip_cut.h"

/* --- where it has been --- */

/* AGENT/ROUTER each. */
static bool has_been_here(const struct route *r, const char *via)
{
	size_t n = strlen(r->name);

	for (const char *at = via; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");
		const char *name = at + length - (length < n ? length : n);

		if (length >= n && memcmp(name, r->name, n) == 0 && (name == at || name[-1] == '/'))
			return true;
		at += length;
	}
	return false;
}

/* False: it goes in a circle, or has come a longer way than can be written down. */
static bool write_via(const struct route *r, struct passing *p)
{
	const char *via = p->m->via;
	int n = snprintf(p->via, sizeof p->via, "%s%s%s/%s", via, *via ? " " : "", p->key.name,
	                 r->name);

	return !p->m->via_full && n < (int)sizeof p->via && !has_been_here(r, via);
}

/* --- out --- */

static const char own_keys[] = "framebus.";

/* What was dropped on purpose before it is said by the next one. */
static void drop_live(struct route *r, const struct forward *f, enum route_counter counter)
{
	route_count(r, counter, 1);
	if (f->epoch == route_epoch(r, f->from, f->to))
		r->ways[f->from][f->to].dropped[f->sequence] += f->dropped;
}

void forward_returned(void *route, const struct bus_message *m)
{
	(void)route;
	limited_warning_about(
		m->key,
		"nobody listens to %s (no queue is bound to it): the broker gives the "
		"messages back (counted as unroutable)",
		m->key);
}

/* What is not accepted now: of a frame it waits, of IP it is dropped. */
static bool publish(struct route *r, const struct forward *f)
{
	const struct bus_origin origin = {f->message_id, f->timestamp, f->via, f->dropped};
	const struct bus_publication publication = {
		.key = f->key,
		.content_type = f->content_type,
		.body = f->body,
		.length = f->length,
		.mandatory = true,
		.copy_of = f->copy_of[0] ? f->copy_of : NULL,
		.units = 1,
		.origin = &origin,
	};

	/* It would end the channel again. Of kept ones the publisher sees to that. */
	if (!f->kept && publisher_is_without_own_keys(r->live) &&
	    strncmp(f->key, own_keys, strlen(own_keys)) == 0) {
		drop_live(r, f, ROUTE_REFUSED_KEY);
		return true;
	}
	if (publisher_publish(f->kept ? r->kept : r->live, &publication) == 0) {
		route_count(r, ROUTE_FORWARDED, 1);
		if (f->kept)
			receipts_note(&r->receipts, f->entry, r->kept);
		return true;
	}
	if (f->kept)
		return false;
	drop_live(r, f, ROUTE_NO_BROKER);
	limited_info("%s: dropped, there is no connection to the broker", f->key);
	return true;
}

static void wait_until(struct route *r, const struct forward *f, int64_t due_ns)
{
	if ((!f->kept && r->waiting.octets > ROUTE_WAITING_OCTETS) ||
	    !waiting_add(&r->waiting, f, due_ns)) {
		route_count(r, ROUTE_NO_ROOM, 1);
		if (f->kept)
			receipts_note(&r->receipts, f->entry, r->kept);
		return;
	}
	r->ways[f->from][f->to].waiting++;
	stats_set(&r->counters[ROUTE_WAITING], r->waiting.count);
}

void forward_send(struct route *r, const struct forward *f, int64_t due_ns, bool reordered)
{
	struct way *way = &r->ways[f->from][f->to];
	int64_t now = monotonic_ns();

	if (reordered) {
		wait_until(r, f, due_ns);
		return;
	}
	if (way->waiting && way->last_due_ns > due_ns)
		due_ns = way->last_due_ns;
	if (due_ns <= now && !way->waiting && publish(r, f))
		return;
	way->last_due_ns = due_ns > now ? due_ns : now;
	wait_until(r, f, way->last_due_ns);
}

void forward_due(struct route *r)
{
	const struct forward *f;
	int64_t due_ns = 0, now = monotonic_ns();

	while ((f = waiting_first(&r->waiting, &due_ns)) && due_ns <= now && publish(r, f)) {
		if (f->epoch == route_epoch(r, f->from, f->to))
			r->ways[f->from][f->to].waiting--;
		waiting_remove_first(&r->waiting);
	}
	stats_set(&r->counters[ROUTE_WAITING], r->waiting.count);
	if (f && due_ns > now)
		os_timer_set(r->timer_fd, due_ns);
}

/* --- one message --- */

/* The key of our own under which readers of ours have the same packets: the router passes that on
 * as well. */
static void write_copy_of(char out[ENVELOPE_KEY_MAX + 1], const struct passing *p, const char *to)
{
	struct envelope_key key;

	out[0] = '\0';
	if (!p->m->copy_of[0] ||
	    envelope_key_parse(&key, p->m->copy_of, strlen(p->m->copy_of)) < 0 ||
	    key.api != ENVELOPE_OWN || key.peer[0] || strcmp(key.name, p->key.name) != 0)
		return;
	key = (struct envelope_key){
		.kind = ENVELOPE_PACKET, .api = ENVELOPE_OWN, .direction = ENVELOPE_TO_AGENT};
	snprintf(key.name, sizeof key.name, "%s", to);
	if (envelope_key_build(out, ENVELOPE_KEY_MAX + 1, &key) < 0)
		out[0] = '\0';
}

static bool write_key(char out[ENVELOPE_KEY_MAX + 1], const struct passing *p, const char *to)
{
	struct envelope_key key = {.kind = p->key.api == ENVELOPE_OWN ? ENVELOPE_PACKET
	                                                              : p->key.kind,
	                           .api = p->key.api,
	                           .direction = ENVELOPE_TO_AGENT};

	snprintf(key.name, sizeof key.name, "%s", to);
	return envelope_key_build(out, ENVELOPE_KEY_MAX + 1, &key) > 0;
}

static void forward_to(struct route *r, const struct passing *p, unsigned from, unsigned to)
{
	char key[ENVELOPE_KEY_MAX + 1], copy_of[ENVELOPE_KEY_MAX + 1];
	struct way *way = &r->ways[from][to];
	bool is_old = p->key.api != ENVELOPE_OWN;
	struct forward f = {
		.key = key,
		/* Old agents fail on one without. */
		.content_type =
			is_old && !p->m->content_type[0] ? ENVELOPE_JSON : p->m->content_type,
		.message_id = p->m->message_id,
		.via = p->via,
		.copy_of = copy_of,
		.timestamp = (uint64_t)p->m->time_ns / 1000000000,
		.dropped = p->m->dropped + way->dropped[p->sequence],
		.body = p->body,
		.length = p->length,
		.kept = p->kept,
		.entry = p->entry,
		.from = from,
		.to = to,
		.epoch = route_epoch(r, from, to),
		.sequence = p->sequence,
	};

	route_count(r, ROUTE_COPIES, 1);
	if (p->kept)
		receipts_expect(&r->receipts, p->entry);
	write_key(key, p, r->links->names[to]);
	write_copy_of(copy_of, p, r->links->names[to]);
	way->dropped[p->sequence] = 0;
	if (impair_does(&r->links->ways[from][to]))
		impaired_forward(r, p, &f);
	else
		forward_send(r, &f, 0, false);
}

/* As the old router: what was on the serial line stays behind. */
static void cut_slip(struct route *r, struct passing *p)
{
	struct slip_cut cut;

	while (slip_cut_find(&cut, (const char *)p->body, p->length)) {
		if (p->length > r->cut_size) {
			char *room = realloc(r->cut, p->length);
			if (!room)
				return;
			r->cut = room;
			r->cut_size = p->length;
		}
		if (p->body != (const uint8_t *)r->cut)
			memcpy(r->cut, p->body, cut.from);
		memmove(r->cut + cut.from, p->body + cut.to, p->length - cut.to);
		p->body = (const uint8_t *)r->cut;
		p->length -= cut.to - cut.from;
	}
}

/* The agent's place; LINKS_NONE: it was counted why the message goes nowhere. */
static int look_at(struct route *r, struct passing *p)
{
	const struct bus_message *m = p->m;
	const struct envelope_key *key = &p->key;

	int from = r->links->all ? places_meet(r, key->name, p->m->user)
	                         : links_find(r->links, key->name);
	if (from == LINKS_NONE) {
		route_count(r, ROUTE_NO_LINK, 1);
		if (r->links->all)
			limited_warning("%s: left out, there is no room for more agents", m->key);
		else
			strangers_tell(r, key->name);
	} else if (!write_via(r, p)) {
		route_count(r, ROUTE_LOOP, 1);
		limited_warning("%s: left out, it has been here before (framebus_via: %s)", m->key,
		                m->via_full ? "more routers than are noted" : m->via);
		return LINKS_NONE;
	}
	return from;
}

static void pass(struct route *r, struct passing *p, unsigned from)
{
	route_count(r, ROUTE_ROUTED, 1);
	/* It is this router's turn with that agent: another one had it before, or nobody. */
	if (!r->has[from])
		impaired_begin(r, from);
	r->has[from] = true;
	p->kept = p->key.kind == ENVELOPE_SERIAL_PACKET;
	p->sequence = 2 * (unsigned)p->key.api + p->kept;
	p->body = p->m->body;
	p->length = p->m->length;
	if (p->kept && p->key.api != ENVELOPE_OWN)
		cut_slip(r, p);
	if (p->kept)
		p->entry = receipts_add(&r->receipts, p->m->delivery_tag, 0);
	if (impaired_is_lost(r, p, from))
		return;
	for (unsigned to = 0; to < r->links->count; to++)
		if (links_reach(r->links, from, to))
			forward_to(r, p, from, to);
}

void forward_message(struct route *r, const struct bus_message *m, const struct envelope_key *key)
{
	struct passing p = {.m = m, .key = *key};
	int from = look_at(r, &p);

	if (from != LINKS_NONE)
		pass(r, &p, (unsigned)from);
	if (!p.kept)
		consumer_done(r->consumer, r->receipts.generation, m->delivery_tag);
}
