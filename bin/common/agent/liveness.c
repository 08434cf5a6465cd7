#include "agent/liveness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/events.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/stats.h"
#include "base/text.h"

static const int64_t unheard_ns = LIVENESS_UNHEARD_SECONDS * INT64_C(1000000000);
/* Three periods, and time for the third to arrive. */
static const int64_t patience_ns = (3 * INT64_C(10) + 1) * INT64_C(1000000000);

void liveness_note(struct liveness *l, const char *name, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->peers[i], name) == 0) {
			l->heard_ns[i] = now_ns;
			l->came_ns[i] = 0;
		}
}

static int find(const struct liveness *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->peers[i], name) == 0)
			return (int)i;
	return -1;
}

void liveness_note_run(struct liveness *l, const char *name, const char *run)
{
	int peer = find(l, name);

	if (peer >= 0 && *run)
		snprintf(l->run[peer], sizeof l->run[0], "%s", run);
}

bool liveness_is_run(const struct liveness *l, const char *name, const char *run)
{
	int peer = find(l, name);

	return peer >= 0 && *run && strcmp(l->run[peer], run) == 0 &&
	       (l->heard_ns[peer] || l->came_ns[peer]);
}

void liveness_leave(struct liveness *l, const char *name)
{
	int peer = find(l, name);

	if (peer < 0)
		return;
	l->heard_ns[peer] = -patience_ns;
	l->came_ns[peer] = 0;
}

static void settle(struct liveness *l, size_t peer)
{
	l->settled_count += !l->settled[peer];
	l->settled[peer] = true;
}

static bool awaits(const struct liveness *l)
{
	return l->settled_count < l->count;
}

void liveness_note_key(struct liveness *l, const char *text, size_t length)
{
	struct envelope_key key;
	int peer;

	if (!awaits(l) || envelope_key_parse(&key, text, length) < 0 ||
	    key.direction != ENVELOPE_FROM_AGENT)
		return;
	peer = find(l, key.name);
	if (peer >= 0)
		settle(l, (size_t)peer);
}

/* The best of those that it reads. */
static const char *best(const char *reads)
{
	static const char *const encodings[] = {"gso", "pcap", "json"};

	for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
		if (strstr(reads, encodings[i]))
			return encodings[i];
	return "json";
}

/* Only who has peers and keys of our own reads more than JSON, and says every 10 s that it is
 * there. */
static bool will_say_so(const char *reads)
{
	return reads && strcmp(best(reads), "json") != 0;
}

bool liveness_is_here(struct liveness *l, const char *name, const char *reads)
{
	int peer = find(l, name);

	if (peer < 0)
		return false;
	settle(l, (size_t)peer);
	if (!l->heard_ns[peer] && will_say_so(reads))
		l->came_ns[peer] = LIVENESS_NOW;
	if (l->here[peer])
		return false;
	l->here[peer] = true;
	events_say("peer_here", "peer", name, "encodings", reads ? reads : "", NULL);
	if (reads)
		progress_say("%s is here (%s)", name, best(reads));
	else
		progress_say("%s is here", name);
	return true;
}

const char *liveness_names(const struct liveness *l, char *out, size_t size)
{
	enum { SHOWN = 6 };
	struct text t = {out, size, 0};
	size_t awaited = 0;

	out[0] = '\0';
	for (size_t i = 0; i < l->count; i++)
		if (!l->here[i] && awaited++ < SHOWN)
			text_add(&t, "%s%s", t.length ? ", " : "", l->peers[i]);
	if (awaited > SHOWN)
		text_add(&t, " and %zu others", awaited - SHOWN);
	return out;
}

void liveness_pardon(struct liveness *l, int64_t now_ns)
{
	l->listens_ns = now_ns;
	for (size_t i = 0; i < l->count; i++) {
		if (l->heard_ns[i])
			l->heard_ns[i] = now_ns;
		if (l->came_ns[i])
			l->came_ns[i] = now_ns;
	}
}

const char *liveness_next_gone(struct liveness *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++) {
		if (!l->heard_ns[i] || now_ns - l->heard_ns[i] < patience_ns)
			continue;
		l->heard_ns[i] = 0;
		l->here[i] = false;
		return l->peers[i];
	}
	return NULL;
}

const char *liveness_next_vanished(struct liveness *l, int64_t now_ns)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->came_ns[i] == LIVENESS_NOW)
			l->came_ns[i] = now_ns;
		if (!l->came_ns[i] || now_ns - l->came_ns[i] < patience_ns)
			continue;
		l->came_ns[i] = 0;
		l->here[i] = false;
		return l->peers[i];
	}
	return NULL;
}

const char *liveness_next_unheard(struct liveness *l, int64_t now_ns)
{
	if (!l->listens_ns || now_ns - l->listens_ns < unheard_ns)
		return NULL;
	for (size_t i = 0; i < l->count; i++)
		if (!l->settled[i]) {
			settle(l, i);
			return l->peers[i];
		}
	return NULL;
}

static void tell_gone(const char *name)
{
	log_warning("%s is gone", name);
	events_say("peer_gone", "peer", name, NULL);
}

void liveness_tell(struct liveness *l, int64_t now_ns, const char *own,
                   void (*gone)(void *context, const char *name), void *context)
{
	const char *name;

	while ((name = liveness_next_gone(l, now_ns))) {
		tell_gone(name);
		if (gone)
			gone(context, name);
	}
	while ((name = liveness_next_vanished(l, now_ns)))
		tell_gone(name);
	while ((name = liveness_next_unheard(l, now_ns)))
		progress_say("nothing has come from %s in %d s (is it running with --peer %s, on "
		             "this broker and exchange?)",
		             name, LIVENESS_UNHEARD_SECONDS, own);
}

/* The earlier of *least (negative: none) and what is left. */
static void lower(int64_t *least, int64_t left)
{
	left = left > 0 ? left : 0;
	if (*least < 0 || left < *least)
		*least = left;
}

int liveness_wait_ms(const struct liveness *l, int64_t now_ns)
{
	int64_t least = -1;

	for (size_t i = 0; i < l->count; i++) {
		if (l->heard_ns[i])
			lower(&least, l->heard_ns[i] + patience_ns - now_ns);
		if (l->came_ns[i] > 0)
			lower(&least, l->came_ns[i] + patience_ns - now_ns);
	}
	if (l->listens_ns && awaits(l))
		lower(&least, l->listens_ns + unheard_ns - now_ns);
	return least < 0 ? -1 : (int)(least / 1000000) + 1;
}

void liveness_write(struct envelope_alive *alive, const char *run, int64_t uptime_ns)
{
	snprintf(alive->session, sizeof alive->session, "%s", run);
	snprintf(alive->uptime, sizeof alive->uptime, "%" PRId64, uptime_ns / INT64_C(1000000000));
	snprintf(alive->published, sizeof alive->published, "%" PRIu64,
	         stats_value("uplink", "published"));
	snprintf(alive->delivered, sizeof alive->delivered, "%" PRIu64,
	         stats_value("downlink", "delivered"));
}
