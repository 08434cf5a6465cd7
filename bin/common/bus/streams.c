#include "bus/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/keyed_hash.h"
#include "envelope.h"

enum {
	USERS_MAX = 64,
	RECENT = 16 /* a power of two */
};

struct stream_behind {
	char agent[ENVELOPE_NAME_MAX + 1];
	struct stream_credit credit;
};

struct streams {
	struct keyed_hash *hash;
	uint64_t clock;
	unsigned count;
	struct stream *list[STREAMS_MAX];
	/* Most messages are of a stream that one of the last was of. */
	struct stream *recent[RECENT];
	struct stream_user users[USERS_MAX]; /* the last: of all that have no place of their own */
};

struct streams *streams_new(void)
{
	struct streams *s = calloc(1, sizeof *s);

	if (s && (s->hash = keyed_hash_new()))
		return s;
	free(s);
	return NULL;
}

void streams_free(struct streams *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->count; i++)
		free(s->list[i]);
	for (unsigned i = 0; i < USERS_MAX; i++)
		free(s->users[i].behind);
	keyed_hash_free(s->hash);
	free(s);
}

/* --- users --- */

static struct stream_user *find_user(struct streams *s, const char *name)
{
	struct stream_user *unused = NULL;

	for (unsigned i = 0; i < USERS_MAX - 1; i++) {
		struct stream_user *u = &s->users[i];

		if (u->is_known && strcmp(u->name, name) == 0)
			return u;
		if (!unused && !u->streams)
			unused = u;
	}
	if (!unused)
		return &s->users[USERS_MAX - 1];
	free(unused->behind);
	*unused = (struct stream_user){.is_known = true};
	snprintf(unused->name, sizeof unused->name, "%s", name);
	return unused;
}

static struct stream_behind *longest_ago(const struct stream_user *u)
{
	struct stream_behind *oldest = &u->behind[0];

	for (unsigned i = 1; i < u->behind_count; i++)
		if (u->behind[i].credit.credited_ns < oldest->credit.credited_ns)
			oldest = &u->behind[i];
	return oldest;
}

struct stream_credit *streams_credit(struct stream_user *u, const char *agent, int64_t now_ns)
{
	struct stream_behind *b;

	if (!agent || !*agent)
		return &u->own;
	for (unsigned i = 0; i < u->behind_count; i++)
		if (strcmp(u->behind[i].agent, agent) == 0)
			return &u->behind[i].credit;
	if (!u->behind && !(u->behind = calloc(STREAMS_BEHIND, sizeof *u->behind)))
		return &u->own;
	bool is_full = u->behind_count == STREAMS_BEHIND;
	b = is_full ? longest_ago(u) : &u->behind[u->behind_count++];
	*b = (struct stream_behind){.credit.credited_ns = is_full ? now_ns : 0};
	snprintf(b->agent, sizeof b->agent, "%s", agent);
	return &b->credit;
}

/* --- streams --- */

static bool is_stream(const struct stream *st, uint64_t run, const char *key, const char *user)
{
	return st->run == run && strcmp(st->key, key) == 0 && strcmp(st->user_name, user) == 0;
}

static struct stream *find(struct streams *s, uint64_t hash, uint64_t run, const char *key,
                           const char *user)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->list[i]->hash == hash && is_stream(s->list[i], run, key, user))
			return s->list[i];
	return NULL;
}

static struct stream *older(struct stream *a, struct stream *b)
{
	return !a || b->used_at < a->used_at ? b : a;
}

/* The one of this user and key that has been silent longest, if there are as many as one may have.
 */
static struct stream *surplus_of_key(const struct streams *s, const char *user, const char *key)
{
	struct stream *oldest = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->list[i]->user_name, user) == 0 && strcmp(s->list[i]->key, key) == 0) {
			oldest = older(oldest, s->list[i]);
			count++;
		}
	return count >= STREAMS_OF_KEY ? oldest : NULL;
}

/* The one that has been silent longest, of the user who has most. */
static struct stream *surplus(struct streams *s)
{
	const struct stream_user *most = &s->users[0];
	struct stream *oldest = NULL;

	for (unsigned i = 1; i < USERS_MAX; i++)
		if (s->users[i].streams > most->streams)
			most = &s->users[i];
	for (unsigned i = 0; i < s->count; i++)
		if (s->list[i]->user == most)
			oldest = older(oldest, s->list[i]);
	return oldest;
}

/* A place for a stream: one that another gave up, or a new one. NULL: no memory. */
static struct stream *make_place(struct streams *s, const char *user, const char *key,
                                 bool *evicted)
{
	struct stream *place = surplus_of_key(s, user, key);

	if (!place && s->count == STREAMS_MAX)
		place = surplus(s);
	if (place) {
		*evicted = true;
		place->user->streams--;
	} else if (s->count < STREAMS_MAX && (place = malloc(sizeof *place))) {
		s->list[s->count++] = place;
	}
	return place;
}

static struct stream *add(struct streams *s, uint64_t hash, uint64_t run, const char *key,
                          const char *name, bool *evicted)
{
	struct stream_user *user = find_user(s, name);
	struct stream *st;

	user->streams++; /* it keeps its place while another is looked for */
	st = make_place(s, name, key, evicted);
	if (!st) {
		user->streams--;
		return NULL;
	}
	memset(st, 0, sizeof *st);
	st->run = run;
	st->hash = hash;
	st->user = user;
	snprintf(st->key, sizeof st->key, "%s", key);
	snprintf(st->user_name, sizeof st->user_name, "%s", name);
	return st;
}

struct stream *streams_get(struct streams *s, uint64_t run, const char *key, const char *user,
                           bool *is_new, bool *evicted)
{
	struct stream **recent = &s->recent[run % RECENT];
	struct stream *st = *recent;

	*is_new = *evicted = false;
	if (!st || !is_stream(st, run, key, user)) {
		uint64_t hash = keyed_hash(s->hash,
		                           (const struct hash_part[]){{&run, sizeof run},
		                                                      {key, strlen(key)},
		                                                      {user, strlen(user)}},
		                           3);

		st = find(s, hash, run, key, user);
		*is_new = !st;
		if (!st)
			st = add(s, hash, run, key, user, evicted);
	}
	if (st) {
		st->used_at = ++s->clock;
		*recent = st;
	}
	return st;
}
