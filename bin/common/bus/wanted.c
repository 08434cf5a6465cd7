#include "bus/wanted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "bus/streams.h"
#include "envelope.h"

static const char *const names[WANTED_COUNTERS] = {
	[WANTED_RECEIVED] = "received",
	[WANTED_OCTETS] = "octets",
	[WANTED_TOO_LONG] = "rejected_too_long",
	[WANTED_FOREIGN_KEY] = "rejected_foreign_key",
	[WANTED_FOREIGN_USER] = "rejected_foreign_user",
	[WANTED_DUPLICATES] = "duplicates",
	[WANTED_LOST_ON_BUS] = "lost_on_bus",
	[WANTED_CONTROL_LOST] = "control_lost",
	[WANTED_DROPPED] = "dropped_by_router",
	[WANTED_STEPS] = "impossible_steps",
	[WANTED_EVICTED] = "streams_evicted",
};

static void count(struct wanted *w, enum wanted_counters counter, uint64_t n)
{
	stats_add(&w->counters[counter], n);
}

int wanted_init(struct wanted *w, struct why *why)
{
	for (unsigned i = 0; i < WANTED_COUNTERS; i++)
		w->counters[i].name = names[i];
	w->sequences = sequences_in_new();
	return w->sequences ? 0 : why_set(why, "no memory, or a libcrypto without SipHash");
}

void wanted_bound(struct wanted *w, const struct topology_refusals *refusals)
{
	w->refusals = *refusals;
}

bool wanted_is_kept(const struct wanted *w, const struct bus_message *m)
{
	return m->queue < w->queue_count && w->queues[m->queue].kind == BUS_KEPT;
}

/* --- its key --- */

/* The queue is bound by a pattern that matches it, which the broker has let it have. */
static bool is_bound(const struct wanted *w, unsigned queue, const char *key, size_t length)
{
	const char *const *bindings = w->queues[queue].bindings;

	for (unsigned i = 0; bindings[i]; i++)
		if (envelope_key_match(bindings[i], key, length) &&
		    !topology_is_refused(&w->refusals, queue, i))
			return true;
	return false;
}

static bool is_asked_for(const struct wanted *w, const struct bus_message *m)
{
	/* No key of ours has a NUL: the rest behind it would be seen by the broker alone. */
	return m->queue < w->queue_count && strlen(m->key) == m->key_length &&
	       is_bound(w, m->queue, m->key, m->key_length);
}

/* Bound by the key, and by the one of our own that the copy is of. Who passes messages on passes on
 * both, as what they are. */
static bool is_spare_copy(const struct wanted *w, const struct bus_message *m)
{
	return m->copy_of[0] && !bus_queue_is_shared(w->queues[m->queue].kind) &&
	       is_bound(w, m->queue, m->copy_of, strlen(m->copy_of));
}

/* A kept queue still has the bindings of earlier runs, and what these asked for. */
static void report_foreign_key(struct wanted *w, const struct bus_message *m)
{
	count(w, WANTED_FOREIGN_KEY, 1);
	if (wanted_is_kept(w, m) && stats_get(&w->counters[WANTED_FOREIGN_KEY]) == 1)
		log_warning("message with the routing key %s: dropped, as all that an earlier run "
		            "asked for and this one does not (--delete-queue removes the queue %s)",
		            m->key, w->queues[m->queue].name);
	else if (stats_get(&w->counters[WANTED_FOREIGN_KEY]) == 1)
		log_warning("message with the routing key %s: dropped, as all under keys that were "
		            "not asked for (the exchange %s gave it all the same: it is no topic "
		            "exchange, or the sender named another key with CC)",
		            m->key, w->exchange);
	else
		limited_info(
			"message with the routing key %s: dropped, no binding of ours asked for it",
			m->key);
}

/* --- its sender --- */

static bool is_of_its_sender(struct wanted *w, const struct bus_message *m)
{
	if (!w->senders->required.count)
		return true;
	if (strcmp(m->key, w->last_key) != 0 || strcmp(m->user, w->last_user) != 0) {
		snprintf(w->last_key, sizeof w->last_key, "%s", m->key);
		snprintf(w->last_user, sizeof w->last_user, "%s", m->user);
		w->last_fits = senders_fit(w->senders, m->key, m->key_length, m->user);
	}
	return w->last_fits;
}

/* Where others of our name are looked for, what we say ourselves comes back, and what all others
 * say: no word about that. */
static bool is_heard_by_the_way(const struct wanted *w, const struct bus_message *m)
{
	struct envelope_key key;

	if (envelope_key_parse(&key, m->key, m->key_length) < 0)
		return false;
	return key.kind == ENVELOPE_COMPONENT_READY || key.kind == ENVELOPE_COMPONENT_SHUTDOWN ||
	       key.kind == ENVELOPE_SESSION ||
	       (key.direction == ENVELOPE_FROM_AGENT && strcmp(key.name, w->agent) == 0);
}

static void report_foreign_user(struct wanted *w, const struct bus_message *m)
{
	count(w, WANTED_FOREIGN_USER, 1);
	if (!is_heard_by_the_way(w, m))
		limited_warning("message %s of %s%s%s: dropped, no --require-user has it so",
		                m->key,
		                m->user[0] ? "user '" : "no user that the broker vouches for",
		                m->user, m->user[0] ? "'" : "");
}

/* --- both, and whether it was here before --- */

/* A router publishes what all its agents say, as one user and under one key; ids are theirs, and
 * one must not use up another's, nor what another may have lost. Who the message is from stands in
 * what the router wrote last. "": it is from the user itself. */
static void find_agent(char out[ENVELOPE_NAME_MAX + 1], const struct bus_message *m)
{
	const char *last = strrchr(m->via, ' '), *slash;
	struct envelope_key key;

	last = last ? last + 1 : m->via;
	slash = strrchr(last, '/');
	out[0] = '\0';
	if (slash && envelope_key_parse(&key, m->key, m->key_length) == 0 &&
	    key.direction == ENVELOPE_TO_AGENT)
		snprintf(out, ENVELOPE_NAME_MAX + 1, "%.*s", (int)(slash - last), last);
}

/* At the end the counters say it; whoever looks at a running tool would not know. */
static void report_lost(const struct bus_queue *queue)
{
	if (queue->message_ttl_ms)
		limited_warning_about(
			queue->name,
			"messages to the queue %s are lost: it was full, or they waited in it for "
			"over %" PRIu64 " ms (lost_on_bus counts them)",
			queue->name, queue->message_ttl_ms);
	else
		limited_warning_about(queue->name,
		                      "messages to the queue %s are lost: it was full, or this "
		                      "tool was away (lost_on_bus counts them)",
		                      queue->name);
}

static bool is_new(struct wanted *w, const struct bus_message *m)
{
	struct sequences_counts counts = {.lost = 0};
	char key[STREAM_KEY_SIZE], agent[ENVELOPE_NAME_MAX + 1];

	find_agent(agent, m);
	snprintf(key, sizeof key, "%s%s%s", m->key, *agent ? " " : "", agent);
	enum sequences_verdict verdict = sequences_in_note(
		w->sequences,
		&(struct sequences_message){m->message_id, key, m->user, monotonic_ns(), agent},
		&counts);

	if (m->dropped && counts.lost > 0) {
		int64_t told =
			m->dropped < (uint64_t)counts.lost ? (int64_t)m->dropped : counts.lost;

		counts.lost -= told;
		count(w, WANTED_DROPPED, (uint64_t)told);
	}
	/* Wraps around for what comes late after all: the sum stays right. */
	count(w, w->queues[m->queue].kind == BUS_CONTROL ? WANTED_CONTROL_LOST : WANTED_LOST_ON_BUS,
	      (uint64_t)counts.lost);
	if (counts.lost > 0 && w->queues[m->queue].kind != BUS_CONTROL)
		report_lost(&w->queues[m->queue]);
	count(w, WANTED_STEPS, counts.steps);
	count(w, WANTED_EVICTED, counts.evicted);
	return verdict == SEQUENCES_NEW;
}

/* Whoever can add CC headers reaches queues whose bindings the broker would not let it use. */
bool wanted_message(struct wanted *w, const struct incoming *in)
{
	const struct bus_message *m = &in->message;

	/* Not judged by its id: the one that is read has the same. */
	if (m->queue < w->queue_count && w->queues[m->queue].kind == BUS_OVERHEARD)
		return is_asked_for(w, m);
	count(w, WANTED_RECEIVED, 1);
	count(w, WANTED_OCTETS, m->length);
	if (!is_asked_for(w, m)) {
		report_foreign_key(w, m);
		return false;
	}
	if (in->discarded) {
		count(w, WANTED_TOO_LONG, 1);
		limited_info("message %s of %zu octets: dropped, longer than %zu", m->key,
		             m->length, in->max_message);
		return false;
	}
	if (!is_of_its_sender(w, m)) {
		report_foreign_user(w, m);
		return false;
	}
	if (!is_new(w, m) || is_spare_copy(w, m)) {
		count(w, WANTED_DUPLICATES, 1);
		return false;
	}
	return true;
}
