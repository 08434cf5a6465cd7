/* streams.h - the streams of messages that a consumer follows: one a run, routing key and user. No
 * more than STREAMS_MAX, found by a keyed hash and by what it stands for; each user, and each key
 * of one user, loses its own streams before it takes a place from others. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdint.h>

/* WINDOW: as wide as unconfirmed.c has records. What is sent again, and what the broker took out of
 * order, is among the messages that a publisher keeps at one time. */
enum { STREAMS_MAX = 256, STREAMS_OF_KEY = 64, STREAMS_BEHIND = 64, STREAM_WINDOW = 1 << 16 };
/* A routing key, a blank and an agent's name. */
enum { STREAM_KEY_SIZE = 512 };

/* sequences.c's, both 0 at first: how many messages may have been lost, and when that was worked
 * out. */
struct stream_credit {
	int64_t credit, credited_ns;
};

struct stream_user {
	char name[256];
	bool is_known;
	unsigned streams;
	struct stream_credit own;
	/* A router publishes as one user what its agents say: one of each. NULL: it is no router's.
	 */
	struct stream_behind *behind;
	unsigned behind_count;
};

struct stream {
	uint64_t run, hash;
	char key[STREAM_KEY_SIZE], user_name[256];
	struct stream_user *user; /* that it counts for */
	uint64_t first, newest, used_at;
	uint64_t window[STREAM_WINDOW / 64]; /* bit s % STREAM_WINDOW: sequence s has come */
};

struct streams;
struct streams *streams_new(void); /* NULL: no memory, or no randomness */
void streams_free(struct streams *s);

/* Of an agent behind this router, of ENVELOPE_NAME_MAX octets at the most; "" or NULL: the user's
 * own. No more than STREAMS_BEHIND are told apart: the one that was worked out longest ago gives
 * way, and a new one begins without credit then. */
struct stream_credit *streams_credit(struct stream_user *u, const char *agent, int64_t now_ns);

/* A user of 255 octets at the most, a key of STREAM_KEY_SIZE - 1. *is_new: all but what it is found
 * by is zero. *evicted: another one gave way to it. NULL: no memory. Valid until the next call. */
struct stream *streams_get(struct streams *s, uint64_t run, const char *key, const char *user,
                           bool *is_new, bool *evicted);

#endif
