/* streams.h - the streams of messages that a consumer follows: one a run, routing key and user. No
 * more than STREAMS_MAX, found by a keyed hash and by what it stands for; each user, and each key
 * of one user, loses its own streams before it takes a place from others. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stdbool.h>
#include <stdint.h>

/* WINDOW: as wide as unconfirmed.c has records. What is sent again, and what the broker took out of
 * order, is among the messages that a publisher keeps at one time. */
enum { STREAMS_MAX = 256, STREAMS_OF_KEY = 64, STREAM_WINDOW = 1 << 16 };
/* A routing key, a blank and an agent's name. */
enum { STREAM_KEY_SIZE = 512 };

struct stream_user {
	char name[256];
	unsigned streams;
	/* sequences.c's, both 0 at first: how many messages it may have lost, and when that was
	 * worked out. */
	int64_t credit, credited_ns;
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

/* A user of 255 octets at the most, a key of STREAM_KEY_SIZE - 1. *is_new: all but what it is found
 * by is zero. *evicted: another one gave way to it. NULL: no memory. Valid until the next call. */
struct stream *streams_get(struct streams *s, uint64_t run, const char *key, const char *user,
                           bool *is_new, bool *evicted);

#endif
