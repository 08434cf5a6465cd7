/* who.h - the agents that are seen on the bus: what they said of themselves, how much comes from
 * them and goes to them, when they were heard last. Names come from the bus, so there is room for
 * so many, and for half of them from one user; those beyond are counted together. */
#ifndef WHO_H
#define WHO_H

#include "bus/message.h"
#include "envelope.h"
#include "listeners.h"

enum {
	WHO_AGENTS_MAX = 512,
	WHO_ROWS_MAX = WHO_AGENTS_MAX + LISTENERS_MAX,
	WHO_SAID_MAX = 400,
	WHO_USER_MAX = 256
};
enum who_direction { WHO_FROM, WHO_TO, WHO_DIRECTIONS };

struct who_row {
	char name[LISTENER_TEXT_MAX];
	bool is_queue; /* nobody's: the name is the queue's */
	char user[WHO_USER_MAX];
	char said[WHO_SAID_MAX]; /* in its last announcement */
	char uptime[24];         /* in its last sign of life, seconds; as it said it */
	uint64_t packets[WHO_DIRECTIONS], octets[WHO_DIRECTIONS], before[WHO_DIRECTIONS];
	int64_t heard; /* from it; 0: never */
};

/* Of who listens: whether the broker is asked, and has answered. */
enum who_listening { WHO_NOT_ASKED, WHO_UNKNOWN, WHO_KNOWN };

/* An agent's row stays where it is; behind them stand those that only listen. */
struct who_table {
	struct who_row rows[WHO_ROWS_MAX];
	unsigned count, agents; /* all rows; those of agents that were seen */
	enum who_listening listening;
	struct listeners listeners;
	uint64_t left_out, left_out_packets; /* of agents that have no row */
	int64_t begun;                       /* 0: not yet */
};

/* From now on: since when we listen; a table every so many seconds. One thread uses all of this,
 * but for who_copy. */
void who_begin(int64_t now_ns, double seconds);
/* A message of an agent, or to it; a control message says more. */
void who_message(const struct envelope_key *key, const struct bus_message *m, int64_t now_ns);
/* A packet in it. */
void who_packet(const struct envelope_key *key, size_t octets);

/* From any thread: who listens now; NULL: nobody knows. It is copied. Before the first call nobody
 * is asked. */
void who_listeners(const struct listeners *l);

/* From any thread: the table as it is. */
void who_copy(struct who_table *table);

/* How long until the table is due again, whatever becomes of the clock of the day; -1: who_begin
 * has not been called. */
int who_timeout_ms(void);
/* Calls put for each row, the first of which is about all; what is said of rates is since the last
 * time. */
void who_tell(int64_t now_ns, void (*put)(void *context, const void *row), void *context);

/* A row in words, and as a JSON object (size at least 4096): as of sink.h, about is the row. */
size_t who_line(char *out, size_t size, const struct envelope_packet *p, const void *row);
size_t who_json(char *out, size_t size, const struct envelope_packet *p, const void *row);

#endif
