#include "impaired.h"

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/progress.h"

/* FNV-1a of "A>B": directions of one seed have nothing to do with each other, in whatever order
 * they are named. */
static uint64_t stream_of(const char *from, const char *to)
{
	const char *parts[] = {from, ">", to};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < 3; i++)
		for (const char *c = parts[i]; *c; c++)
			hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	return hash;
}

void impaired_begin(struct route *r, unsigned from)
{
	const struct links *l = r->links;
	bool does = false, needs_seed = false;

	for (unsigned to = 0; to < LINKS_AGENTS_MAX; to++) {
		const struct impair_settings *s = &l->ways[from][to];

		r->ways[from][to].begun = false;
		if (!links_reach(l, from, to))
			continue;
		does |= impair_does(s);
		needs_seed |= impair_needs_seed(s);
	}
	if (needs_seed)
		progress_say("%s: this router has its packets now; what is done to them begins, "
		             "with the seed %llu",
		             l->names[from], (unsigned long long)r->seed);
	else if (does)
		progress_say("%s: this router has its packets now; what is done to them begins",
		             l->names[from]);
	else
		log_info("%s: this router has its packets now", l->names[from]);
}

/* --- what does not go on --- */

static void let_go(struct route *r, const struct forward *f, enum route_counter counter)
{
	route_count(r, counter, 1);
	if (f->kept)
		receipts_note(&r->receipts, f->entry, r->kept);
}

/* The next copy in this direction says so. */
static void drop(struct route *r, const struct forward *f, enum route_counter counter)
{
	r->ways[f->from][f->to].dropped[f->sequence] = f->dropped + 1;
	let_go(r, f, counter);
}

static void refuse(struct route *r, const struct passing *p, const struct forward *f,
                   const char *what)
{
	let_go(r, f, ROUTE_UNREADABLE);
	limited_warning("%s: left out: %s has to read the body, and cannot (%s)", p->m->key, what,
	                p->m->content_type[0] ? p->m->content_type : "no content type");
}

bool impaired_is_lost(struct route *r, const struct passing *p, unsigned from)
{
	if (!r->lossy)
		return false;
	r->lossy--;
	for (unsigned to = 0; to < r->links->count; to++) {
		if (!links_reach(r->links, from, to))
			continue;
		route_count(r, ROUTE_COPIES, 1);
		route_count(r, ROUTE_BY_LOSSY_LINK, 1);
		r->ways[from][to].dropped[p->sequence] += p->m->dropped + 1;
	}
	return true;
}

/* --- what goes on --- */

static void count_kinds(struct route *r, const struct impair_verdict *v, int64_t now_ns)
{
	route_count(r, ROUTE_DELAYED, v->due_ns > now_ns);
	route_count(r, ROUTE_REORDERED, v->reordered);
	route_count(r, ROUTE_DUPLICATED, v->duplicated);
	route_count(r, ROUTE_CORRUPTED, v->corrupted);
}

static void pass_on(struct route *r, const struct passing *p, struct forward *f,
                    const struct impair_verdict *v, int64_t now_ns)
{
	if (v->corrupted &&
	    look_corrupt(&r->look, p->m, &p->key, &f->body, &f->length, v->bit) != LOOK_YES) {
		refuse(r, p, f, "corrupt");
		return;
	}
	count_kinds(r, v, now_ns);
	forward_send(r, f, v->due_ns, v->reordered);
	if (!v->duplicated)
		return;
	/* One with the same id would be known, and left out. */
	f->message_id = "";
	f->dropped = 0;
	route_count(r, ROUTE_COPIES, 1);
	if (f->kept)
		receipts_expect(&r->receipts, f->entry);
	forward_send(r, f, v->due_ns, v->reordered);
}

void impaired_forward(struct route *r, const struct passing *p, const struct forward *f)
{
	static const enum route_counter counters[] = {[IMPAIR_DROP] = ROUTE_BY_DROP,
	                                              [IMPAIR_LOSS] = ROUTE_BY_LOSS,
	                                              [IMPAIR_RATE] = ROUTE_BY_RATE};
	const struct impair_settings *s = &r->links->ways[f->from][f->to];
	struct way *way = &r->ways[f->from][f->to];
	struct forward copy = *f;
	int64_t now = monotonic_ns();
	enum look_result meant = s->only ? look_is_meant(&r->look, s->only, p->m,
	                                                 p->key.kind == ENVELOPE_SERIAL_PACKET)
	                                 : LOOK_YES;

	if (meant == LOOK_UNREADABLE) {
		refuse(r, p, f, "only");
		return;
	}
	if (meant == LOOK_NO) {
		forward_send(r, f, now, false);
		return;
	}
	/* Not before: with --all, who is at the other end may not have been known. */
	if (!way->begun)
		impair_init(&way->impair, r->seed,
		            stream_of(r->links->names[f->from], r->links->names[f->to]));
	way->begun = true;
	struct impair_verdict v = impair_decide(&way->impair, s, now, p->length, p->kept);
	if (v.fate != IMPAIR_PASS)
		drop(r, f, counters[v.fate]);
	else
		pass_on(r, p, &copy, &v, now);
}
