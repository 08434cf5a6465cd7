/* strangers.h - agents of no link, of whose packets the router hears by a queue to which
 * everybody's go: counts them, and says once of each agent that it has. So that a busy exchange
 * costs it little, it hears of so many messages, and octets, a second, and then of none for a
 * while. Never passes anything on. */
#ifndef STRANGERS_H
#define STRANGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/message.h"
#include "envelope.h"

enum { STRANGERS_NAMED = 64 };

struct route;

struct strangers {      /* all zero: nothing has been heard */
	int64_t spent;  /* of what it may hear */
	int64_t now_ns; /* up to when of that was given back */
	bool pauses;
	int64_t resumes_ns,
		counted_ns; /* while it pauses: until when; up to when that is counted */
	unsigned pause_s;   /* the next pause; 0: the first */
	char names[STRANGERS_NAMED][ENVELOPE_NAME_MAX + 1];
	unsigned count;
	bool told_of_more, told_of_pauses;
};

/* A packet of an agent, by the queue of all; key NULL: of no agent. */
void strangers_note(struct route *r, const struct bus_message *m, const struct envelope_key *key);
/* This agent is in no link: says so once. */
void strangers_tell(struct route *r, const char *name);
/* Pauses, or listens again; lowers *timeout_ms (-1: none) to when that is. */
void strangers_work(struct route *r, int *timeout_ms);
/* The connection, or what is linked, is another. */
void strangers_begin(struct route *r);

#endif
