/* answers.h - what the child asks for, and what it is answered. Never waits for the child: a
 * request is read when it is there, an answer is sent when there is room, and a child that breaks
 * the protocol is ended. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "verdict.h"

struct answers {
	const struct interface_options *options;
	bool other_user;  /* the child's: signals to it need CAP_KILL */
	bool reads_files; /* of others: CAP_DAC_READ_SEARCH */
	enum keeper_state state;
	bool in_namespace;
	int socket;        /* -1: the child has closed its end */
	int stop;          /* readable: it is time to end */
	int device;        /* -1: none */
	int64_t next_free; /* when all of what was asked so far counts as answered; monotonic ns */
};

/* Before the next request is read: ms to wait so that requests come at a bounded rate; 0: none. */
int answers_pause(const struct answers *a);
/* One request, if there is one. 0; -1 with why: the child has broken the protocol, and is to be
 * ended. */
int answers_serve(struct answers *a, struct why *why);

#endif
