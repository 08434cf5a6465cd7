/* liveness.h - that an agent says every 10 s that it is there (framebus.alive.NAME), and notices
 * when a peer that has said so does so no more. Never holds more than one time a peer. */
#ifndef LIVENESS_H
#define LIVENESS_H

#include <stddef.h>
#include <stdint.h>

#include "envelope.h"

enum { LIVENESS_PERIOD_MS = 10000, LIVENESS_PEERS_MAX = 64 };

/* All zero: nobody has been heard. Of one thread. */
struct liveness {
	const char *const *peers;             /* the caller's */
	size_t count;                         /* LIVENESS_PEERS_MAX at the most */
	int64_t heard_ns[LIVENESS_PEERS_MAX]; /* 0: not heard, or gone */
};

/* A peer has said that it is there; other names mean nothing. */
void liveness_note(struct liveness *l, const char *name, int64_t now_ns);
/* We were deaf ourselves: what is missing since is nobody's fault. */
void liveness_pardon(struct liveness *l, int64_t now_ns);
/* The next one that has missed three times, once for each absence; NULL: none. */
const char *liveness_next_gone(struct liveness *l, int64_t now_ns);
/* Milliseconds until somebody may be; -1: nobody is awaited. */
int liveness_wait_ms(const struct liveness *l, int64_t now_ns);

/* What this agent says: its run, how long it has lasted, and its counters. */
void liveness_write(struct envelope_alive *alive, const char *run, int64_t uptime_ns);

#endif
