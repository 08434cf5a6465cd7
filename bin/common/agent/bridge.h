/* bridge.h - an agent that joins a device to the bus, in two threads: the uplink publishes what the
 * device gives, the downlink gives it what the bus has. What every such tool does alike is here:
 * both sessions, the queues and the keys that lead to them, what the agent announces, the control
 * messages that it obeys, other agents of its name, their statistics. The tool has the device, and
 * says what its messages mean.
 *
 * Order in main: bridge_init - the device, if it is there already - bridge_open - loop_run with
 * both workers. Announces nothing to a bus that our own queues are not bound to yet: the answers
 * would be lost. After a reconnection says component ready again, and with peers also what is
 * described. */
#ifndef BRIDGE_H
#define BRIDGE_H

#include <stdatomic.h>

#include "agent/commands.h"
#include "agent/keys.h"
#include "base/loop.h"
#include "base/stats.h"
#include "bus/consumer.h"
#include "bus/publisher.h"

struct bridge_config { /* copied; what it points to must outlive the tool's threads */
	const struct bus_settings *bus;
	const char *name;                          /* the agent's */
	const char *device;                        /* "tun", "serial": in the names of queues */
	enum envelope_kind packet, start, started; /* the device's messages */
	/* Whose packets it gets, without a router between them; none: those that a router sends.
	 * With peers, a router that also runs would deliver everything twice. */
	const char *const *peers;
	size_t peer_count;
	/* Of the data's queue: its bounds; of the sessions: sizes, and what is kept. The rest is
	 * filled in. */
	struct bus_queue queue;
	struct publisher_config publisher;
	struct consumer_config consumer;
	unsigned messages_at_once; /* before the device and the stop are looked at again */
};

/* What the uplink's thread calls, but for watch. */
struct bridge_uplink {
	void *context;
	/* Before each wait, and once before the end: publishes what waits. The descriptor that is
	 * readable when there is more, -1: none. */
	int (*prepare)(void *context);
	/* It is readable. 0, or -1: the device is gone, which has been reported. NULL: prepare
	 * reads. */
	int (*read)(void *context);
	/* Fills in what is announced (c->kind is `started`). False: nothing is, yet. */
	bool (*describe)(void *context, struct envelope_control *c);
	/* The main thread, twice a second. NULL: nothing to do. */
	void (*watch)(void *context);
};

/* What the downlink's thread calls. */
enum bridge_outcome { BRIDGE_HANDLED, BRIDGE_IGNORED, BRIDGE_REFUSED };
struct bridge_downlink {
	void *context;
	/* Before each wait, and once before the end: writes what waits. The descriptor that is
	 * writable when there is room for more, -1: none. */
	int (*prepare)(void *context);
	void (*data)(void *context, const struct bus_message *m);
	/* A control message but those that are handled for every tool (commands.h). */
	enum bridge_outcome (*control)(void *context, const struct bus_message *m,
	                               const struct envelope_key *key,
	                               const struct envelope_control *c);
	/* A peer has missed three times what it said every 10 s. NULL: nothing to do. */
	void (*gone)(void *context, const char *name);
};

struct bridge {
	struct publisher *publisher; /* from bridge_open on; the uplink's */
	/* Between bridge_init and bridge_open the tool may add to them. */
	struct keys data_keys, control_keys;

	/* private */
	struct bridge_config config;
	struct consumer *consumer;
	struct bus_queue queues[2];
	struct bridge_uplink uplink;
	struct bridge_downlink downlink;
	int wake_fd; /* readable: the uplink is to look at what follows */
	/* The consumer's connection, counted; 0: closed. Written by the downlink. */
	_Atomic uint64_t downlink_open;
	_Atomic bool ready_due;   /* component ready is to be published again */
	_Atomic bool started_due; /* `started` is to be published (again) */
	/* the uplink's */
	uint64_t uplink_told,
		downlink_told; /* the connections that have been told that we are here */
	bool started_told;     /* ... and what is described */
	int64_t opened_ns, alive_due_ns;
	int64_t second_ns; /* the one that these announcements were in */
	unsigned said_in_second;
	/* the downlink's */
	uint64_t generation;
	struct commands commands;
};

/* b: all zero, lives until the tool ends. 0, or -1 with why. */
int bridge_init(struct bridge *b, const struct bridge_config *config, struct why *why);
/* Makes the sessions, registers statistics: before threads start. 0, or -1 with why. */
int bridge_open(struct bridge *b, const struct bridge_uplink *uplink,
                const struct bridge_downlink *downlink, struct why *why);
struct worker bridge_uplink_worker(struct bridge *b);
struct worker bridge_downlink_worker(struct bridge *b);

/* Whether packets of peers come under keys of our own, too: with peers, if the broker lets us. The
 * uplink's thread, once something is described. */
bool bridge_reads_own_keys(const struct bridge *b);
/* From any thread: the uplink calls prepare (and describe) again. */
void bridge_wake_uplink(struct bridge *b);
/* From any thread: what is described is announced once more. Without peers that is for an answer to
 * `start` alone: an old coordinator goes a step back by it. */
void bridge_announce_again(struct bridge *b);

#endif
