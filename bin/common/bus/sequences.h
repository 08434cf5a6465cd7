/* sequences.h - message ids: unique in a run, with one sequence a routing key, on the way out;
 * duplicates and gaps on the way in, one sequence a run, routing key, user and, behind a router,
 * agent. Never grows beyond its bounds. */
#ifndef SEQUENCES_H
#define SEQUENCES_H

#include <stdbool.h>
#include <stdint.h>

enum { SEQUENCES_ID_SIZE = 64 };

/* The id has the form of ours: its message comes from a tool of ours. */
bool sequences_is_id(const char *message_id);

/* --- the publisher's --- */

struct sequences_out;
struct sequences_out *sequences_out_new(void); /* NULL: no memory; free(3) frees it */
/* The next id under this key, "" where there are too many keys. */
void sequences_out_next(struct sequences_out *s, const char *key, char id[SEQUENCES_ID_SIZE]);
/* The id given last was not used. */
void sequences_out_undo(struct sequences_out *s, const char *key);

/* --- the consumer's --- */

struct sequences_in;
struct sequences_in *sequences_in_new(void); /* NULL: no memory, or no randomness */
void sequences_in_free(struct sequences_in *s);

/* Texts of 255 octets at the most, a key of STREAM_KEY_SIZE - 1, "" where absent. */
struct sequences_message {
	const char *message_id, *key;
	const char *user;   /* whom the broker vouches for */
	int64_t arrival_ns; /* of the monotonic clock, not 0 */
	const char *agent;  /* behind a router, who publishes as one user; "" or NULL: none */
};
struct sequences_counts { /* is added to */
	int64_t lost;     /* messages that should have come before; what comes late is taken off */
	uint64_t steps;   /* no such message can have been lost: nothing follows from these */
	uint64_t evicted; /* streams that are followed no more, there being too many */
};
enum sequences_verdict { SEQUENCES_NEW, SEQUENCES_DUPLICATE };
enum sequences_verdict sequences_in_note(struct sequences_in *s, const struct sequences_message *m,
                                         struct sequences_counts *counts);

#endif
