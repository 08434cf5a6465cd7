#include "bus/publisher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "bus/publisher_internal.h"

enum {
	DEFAULT_KEPT_OCTETS = 16 << 20,
	RETURNED_OCTETS = 128 << 10,
	CLOSE_MS = 300,
	CONFIRMS_MS = 400
};

static const char *const names[COUNTERS] = {
	[PUBLISHED] = "published",
	[PACKETS] = "packets",
	[OCTETS] = "octets",
	[RESTORED] = "restored",
	[CONFIRMED] = "confirmed",
	[RETURNED] = "unroutable",
	[PENDING] = "pending",
	[NACKED] = "nacked",
	[RESENT] = "resent",
	[POSTED] = "control_published",
	[POSTS_DROPPED] = "control_dropped",
	[REFUSED] = "refused",
	[UNTRANSLATED] = "untranslated",
	[CONNECTIONS] = "connections",
	[DISCONNECTED_MS] = "disconnected_ms",
};

/* --- making it --- */

static int init_kept(struct publisher *p, const struct publisher_config *config, struct why *why)
{
	size_t octets = config->kept_octets ? config->kept_octets : DEFAULT_KEPT_OCTETS;

	p->is_kept = true;
	p->kept = (struct kept){
		.outgoing = &p->outgoing,
		.store = config->store,
		.confirmed = &p->counters[CONFIRMED],
		.returned = &p->counters[RETURNED],
		.pending = &p->counters[PENDING],
		.nacked = &p->counters[NACKED],
		.resent = &p->counters[RESENT],
		.refused = &p->counters[REFUSED],
		.connections = &p->counters[CONNECTIONS],
		.send_otherwise = publisher_translate,
		.context = p,
	};
	if (kept_init(&p->kept, octets) < 0)
		return why_set(why, "no memory for %zu octets of unconfirmed messages", octets);
	stats_set(&p->counters[RESTORED], config->store ? config->store->count : 0);
	return 0;
}

static int init(struct publisher *p, const struct publisher_config *config, struct why *why)
{
	const struct connect_request request = {
		.settings = config->settings,
		.agent = config->agent,
		.direction = config->direction,
		.socket_buffer = SO_SNDBUF,
		.socket_octets = config->socket_octets,
		.build = publisher_build,
		.survive = publisher_survive,
		.context = p,
	};

	p->config = *config;
	posts_init(&p->posts);
	p->outgoing.session = &p->session;
	p->store = config->store;
	p->incoming.max_message = config->returned ? RETURNED_OCTETS : 0;
	p->incoming.wants_returns = true;
	p->sequences = sequences_out_new();
	if (!p->sequences)
		return why_set(why, "out of memory");
	if (config->kept && init_kept(p, config, why) < 0)
		return -1;
	return session_init(&p->session, &request, &p->counters[CONNECTIONS],
	                    &p->counters[DISCONNECTED_MS], why);
}

struct publisher *publisher_new(const struct publisher_config *config, struct why *why)
{
	struct publisher *p = calloc(1, sizeof *p);

	if (!p) {
		why_set(why, "out of memory");
		return NULL;
	}
	if (init(p, config, why) < 0) {
		unconfirmed_free(p->kept.unconfirmed);
		free(p->sequences);
		free(p);
		return NULL;
	}
	for (unsigned i = 0; i < COUNTERS; i++)
		p->counters[i].name = names[i];
	snprintf(p->section, sizeof p->section, "bus_%s", config->direction);
	stats_register(p->section, p->counters, COUNTERS);
	return p;
}

/* --- publishing --- */

static uint64_t seconds_now(void)
{
	return (uint64_t)time(NULL);
}

static int publish_kept(struct publisher *p, struct kept_message *m, bool is_ours)
{
	if (!kept_add(&p->kept, m)) {
		if (is_ours)
			sequences_out_undo(p->sequences, m->key);
		return PUBLISHER_AGAIN;
	}
	if (session_is_open(&p->session))
		kept_send(&p->kept);
	kept_show_pending(&p->kept);
	return 0;
}

static bool send_live(struct publisher *p, const struct kept_message *m,
                      const struct bus_publication *publication)
{
	const struct outgoing_way way = {
		.mandatory = probes_ask(&p->probes, m->key, p->outgoing.tag + 1, monotonic_ns()) &&
	                     publication->mandatory,
		.expiration_ms = publication->expiration_ms,
		.copy_of = publication->copy_of,
	};

	return outgoing_send(&p->outgoing, m, &way);
}

static void take_origin(struct kept_message *m, const struct bus_origin *origin)
{
	m->message_id = origin->message_id;
	m->timestamp = origin->timestamp;
	m->via = origin->via;
	m->dropped = origin->dropped;
}

int publisher_publish(struct publisher *p, const struct bus_publication *publication)
{
	char id[SEQUENCES_ID_SIZE];
	struct kept_message m = {
		.key = publication->key,
		.content_type = publication->content_type,
		.message_id = id,
		.body = publication->body,
		.length = publication->length,
	};

	if (!p->is_kept && !session_is_open(&p->session))
		return PUBLISHER_AGAIN;
	if (publication->origin) {
		take_origin(&m, publication->origin);
	} else {
		m.timestamp = seconds_now();
		sequences_out_next(p->sequences, m.key, id);
	}
	if (p->is_kept) {
		if (publish_kept(p, &m, !publication->origin) < 0)
			return PUBLISHER_AGAIN;
	} else if (!send_live(p, &m, publication)) {
		return PUBLISHER_AGAIN;
	}
	publisher_count(p, PUBLISHED, 1);
	publisher_count(p, PACKETS, publication->units);
	publisher_count(p, OCTETS, publication->length);
	return 0;
}

void publisher_flush(struct publisher *p)
{
	outgoing_flush(&p->outgoing);
}

bool publisher_post(struct publisher *p, const char *key, const void *body, size_t length)
{
	if (!posts_add(&p->posts, key, body, length)) {
		publisher_count(p, POSTS_DROPPED, 1);
		return false;
	}
	session_wake(&p->session);
	return true;
}

static void send_posts(struct publisher *p)
{
	const struct post *post;

	static const struct outgoing_way way = {.persistent = false};

	while (session_is_connected(&p->session) && (post = posts_first(&p->posts))) {
		char id[SEQUENCES_ID_SIZE];
		struct kept_message m = {
			.key = post->key,
			.content_type = "application/json",
			.message_id = id,
			.body = (const uint8_t *)post->body,
			.length = post->length,
			.timestamp = seconds_now(),
		};

		sequences_out_next(p->sequences, m.key, id);
		if (!outgoing_send(&p->outgoing, &m, &way))
			return;
		posts_drop_first(&p->posts);
		publisher_count(p, POSTED, 1);
	}
}

size_t publisher_pending(struct publisher *p)
{
	return posts_count(&p->posts) + (p->is_kept ? kept_count(&p->kept) : 0);
}

uint64_t publisher_accepted(const struct publisher *p)
{
	return p->is_kept ? unconfirmed_added(p->kept.unconfirmed) : 0;
}

uint64_t publisher_answered(const struct publisher *p)
{
	return p->is_kept ? unconfirmed_done(p->kept.unconfirmed) : 0;
}

bool publisher_is_without_own_keys(const struct publisher *p)
{
	return p->without_own_keys;
}

bool publisher_is_without_optional_keys(const struct publisher *p)
{
	return p->without_optional_keys;
}

uint64_t publisher_unroutable(const struct publisher *p)
{
	return stats_get(&p->counters[RETURNED]);
}

uint64_t publisher_refused(const struct publisher *p)
{
	return stats_get(&p->counters[REFUSED]);
}

/* --- the owner's loop --- */

static int wait_ms(struct publisher *p)
{
	if (posts_first(&p->posts))
		return 0;
	return p->is_kept ? kept_wait_ms(&p->kept) : -1;
}

int publisher_prepare(struct publisher *p, struct pollfd *fds, int *timeout_ms)
{
	if (p->store) {
		kept_store(&p->kept);
		session_lower(timeout_ms, p->store->work(p->store, false));
	}
	publisher_flush(p);
	if (session_is_open(&p->session))
		session_lower(timeout_ms, wait_ms(p));
	return session_prepare(&p->session, fds, timeout_ms);
}

static void note_connection(struct publisher *p)
{
	if (p->generation == p->session.generation)
		return;
	p->generation = p->session.generation;
	publisher_reset(p);
}

int publisher_work(struct publisher *p)
{
	struct session *s = &p->session;

	if (session_work(s) != EXIT_OK || !session_is_connected(s))
		return s->status;
	note_connection(p);
	publisher_read_answers(p);
	if (session_is_open(s))
		send_posts(p);
	if (p->is_kept)
		kept_load(&p->kept);
	if (session_is_open(s) && p->is_kept)
		kept_send(&p->kept);
	return s->status;
}

int64_t publisher_forbidden_ms(const struct publisher *p)
{
	int64_t since = p->kept.forbidden_since;

	return since ? (monotonic_ns() - since) / 1000000 : 0;
}

bool publisher_is_open(const struct publisher *p)
{
	return session_is_open(&p->session);
}

uint64_t publisher_generation(const struct publisher *p)
{
	return p->session.generation;
}

void publisher_watch(struct publisher *p)
{
	session_watch(&p->session);
}

void publisher_interrupt(struct publisher *p)
{
	session_interrupt(&p->session);
}

/* --- the end --- */

static void wait_for_confirms(struct publisher *p)
{
	int64_t until = monotonic_ns() + CONFIRMS_MS * INT64_C(1000000);

	while (publisher_pending(p) && session_is_open(&p->session) && monotonic_ns() < until) {
		struct pollfd fds[BUS_FDS];
		int timeout = (int)((until - monotonic_ns()) / 1000000) + 1;
		int n = publisher_prepare(p, fds, &timeout);

		loop_wait(fds, (nfds_t)n, timeout);
		if (publisher_work(p) != EXIT_OK)
			break;
	}
}

void publisher_close(struct publisher *p)
{
	struct session *s = &p->session;

	session_abandon(s);
	if (session_is_connected(s))
		wait_for_confirms(p);
	if (session_is_connected(s)) {
		publisher_flush(p);
		session_close(s, CLOSE_MS);
	}
	size_t posts = posts_count(&p->posts);
	if (p->is_kept)
		kept_tell_rest(&p->kept, posts);
	else if (posts)
		log_warning("%s: %zu message%s not sent", session_node(s)->shown, posts,
		            posts == 1 ? " was" : "s were");
	if (p->store)
		p->store->close(p->store);
	p->store = NULL;
	s->status = s->status ? s->status : EXIT_RUNNING;
}
