/* liveness.h - that an agent says every 10 s that it is there (framebus.alive.NAME), and notices
 * which peers are there, which have never been heard, and which have said so and do so no more:
 * each of it is said once for each coming and going. Never holds more than one time a peer. */
#ifndef LIVENESS_H
#define LIVENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope.h"

enum { LIVENESS_PERIOD_MS = 10000, LIVENESS_PEERS_MAX = 64, LIVENESS_UNHEARD_SECONDS = 30 };
enum { LIVENESS_NOW = -1 };

/* All zero: nobody has been heard. Of one thread. */
struct liveness {
	const char *const *peers;             /* the caller's */
	size_t count;                         /* LIVENESS_PEERS_MAX at the most */
	int64_t heard_ns[LIVENESS_PEERS_MAX]; /* 0: not heard, or gone */
	int64_t listens_ns;                   /* since when we could hear somebody; 0: not yet */
	bool here[LIVENESS_PEERS_MAX];        /* as far as was said */
	/* Came as one that will say so every 10 s, and has not yet; LIVENESS_NOW: before the next
	 * look; else 0. */
	int64_t came_ns[LIVENESS_PEERS_MAX];
	char run[LIVENESS_PEERS_MAX][ENVELOPE_FIELD_MAX + 1]; /* "": not known */
	bool settled[LIVENESS_PEERS_MAX]; /* heard in one way or another, or told as unheard */
	size_t settled_count;
};

/* A peer has said that it is there; other names mean nothing. */
void liveness_note(struct liveness *l, const char *name, int64_t now_ns);
/* A peer is there; reads: the encodings that it says it reads, "" where it says none, NULL: this
 * was no announcement. True: that is news, and has been said. */
bool liveness_is_here(struct liveness *l, const char *name, const char *reads);
/* Which run of the peer this is; "" says nothing. */
void liveness_note_run(struct liveness *l, const char *name, const char *run);
/* Whether the peer is there, and this is its run: what one says that has been followed by another
 * is old. */
bool liveness_is_run(const struct liveness *l, const char *name, const char *run);
/* It has said that it ends: it is gone at the next look. */
void liveness_leave(struct liveness *l, const char *name);
/* A message came under this key: its sender is no longer unheard. */
void liveness_note_key(struct liveness *l, const char *key, size_t length);
/* We were deaf ourselves until now: what is missing is nobody's fault. */
void liveness_pardon(struct liveness *l, int64_t now_ns);
/* The next one that has missed three times, once for each absence; NULL: none. One that has never
 * said that it is there is not meant: it may not be allowed to. */
const char *liveness_next_gone(struct liveness *l, int64_t now_ns);
/* The next one that is here, has never said it again, and is taken to be gone; NULL: none. */
const char *liveness_next_vanished(struct liveness *l, int64_t now_ns);
/* The next one of which nothing has come in 30 s, once for each; NULL: none. */
const char *liveness_next_unheard(struct liveness *l, int64_t now_ns);
/* "a, b and 3 others", the peers that are not here, into out, which is returned. */
const char *liveness_names(const struct liveness *l, char *out, size_t size);
/* Says who is gone, and tells gone(context, name), which may be NULL; and who has never been heard
 * by an agent called `own`. While we can hear. */
void liveness_tell(struct liveness *l, int64_t now_ns, const char *own,
                   void (*gone)(void *context, const char *name), void *context);
/* Milliseconds until there may be somebody to tell of; -1: nobody is awaited. */
int liveness_wait_ms(const struct liveness *l, int64_t now_ns);

/* What this agent says: its run, how long it has lasted, and its counters. */
void liveness_write(struct envelope_alive *alive, const char *run, int64_t uptime_ns);

#endif
