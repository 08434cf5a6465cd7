/* listeners.h - who listens on the bus: queues that are bound to the exchange, those of one agent
 * together, the keys that they are bound by, and who reads them. A value: whoever has made one
 * (management.h) hands it to who.h. Names come from the broker, so there is room for so many. */
#ifndef LISTENERS_H
#define LISTENERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LISTENERS_MAX = 512, LISTENER_TEXT_MAX = 256, LISTENER_KEYS_MAX = 512 };

struct listener {
	char name[LISTENER_TEXT_MAX]; /* the agent's, else the queue's */
	bool is_agent;
	bool is_of_several; /* private: queue has told keys of different agents */
	char queue[LISTENER_TEXT_MAX];
	unsigned queues, readers;
	char user[LISTENER_TEXT_MAX], peer[LISTENER_TEXT_MAX]; /* of a reader; "": none is known */
	char connection[LISTENER_TEXT_MAX];                    /* as the broker calls it */
	char client[LISTENER_TEXT_MAX]; /* as the reader calls itself; "": unknown */
	int64_t since;                  /* its connection; ns; 0: unknown */
	unsigned keys;
	char key[LISTENER_KEYS_MAX]; /* each with its NUL, as many as have room */
	size_t keys_length;
};

struct listeners {
	struct listener at[LISTENERS_MAX];
	unsigned count;
	uint64_t left_out; /* queues for which there is no room */
};

/* One after the other, l being empty before the first: a binding; what reads a queue, whose binding
 * was told of; a connection that was. What has no room, or is of no queue here, is passed over.
 * client may be NULL. */
void listeners_binding(struct listeners *l, const char *queue, const char *key);
void listeners_reader(struct listeners *l, const char *queue, const char *user, const char *peer,
                      const char *connection);
void listeners_connection(struct listeners *l, const char *connection, const char *client,
                          int64_t since_ns);
/* Behind the last of them: says whose queues they are, and puts those of one agent together. */
void listeners_settle(struct listeners *l);

/* NULL: does not listen. */
const struct listener *listeners_find(const struct listeners *l, const char *name, bool is_agent);

#endif
