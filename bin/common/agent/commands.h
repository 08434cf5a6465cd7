/* commands.h - the control messages that come to an agent: who is obeyed, and what every agent does
 * about them, whatever its device. Never obeys what stands under a key that an agent speaks under
 * itself. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "agent/liveness.h"
#include "agent/namesakes.h"
#include "base/stats.h"
#include "bus/message.h"
#include "bus/senders.h"
#include "envelope.h"

/* received = handled + ignored + refused + rejected; and namesakes. */
enum commands_counted {
	COMMANDS_RECEIVED,
	COMMANDS_HANDLED,
	COMMANDS_IGNORED,
	COMMANDS_REFUSED,
	COMMANDS_REJECTED,
	COMMANDS_NAMESAKES,
	COMMANDS_COUNTERS
};

/* Of one thread. */
struct commands {
	/* The caller's; they outlive it. */
	const struct senders *senders;
	const char *name; /* the agent's */
	enum envelope_kind started;
	void *context;
	/* Another agent has our name, and is new. */
	void (*meet_namesake)(void *context);
	/* All that is not handled here: what it counts as. */
	enum commands_counted (*handle)(void *context, const struct bus_message *m,
	                                const struct envelope_key *key,
	                                const struct envelope_control *said);
	struct liveness liveness;
	/* private */
	struct namesakes namesakes;
	struct counter counters[COMMANDS_COUNTERS];
};

/* Registers statistics: before threads start. */
void commands_open(struct commands *c);
void commands_handle(struct commands *c, const struct bus_message *m);

#endif
