/* consumer_internal.h - what the parts of a consumer share: consumer.c (making it, consuming, its
 * loop) and consumer_acks.c (what it acknowledges, and its end). Never included elsewhere. */
#ifndef CONSUMER_INTERNAL_H
#define CONSUMER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus/acks.h"
#include "bus/consumer_config.h"
#include "bus/deliveries.h"
#include "bus/incoming.h"
#include "bus/session.h"
#include "bus/topology.h"
#include "bus/wanted.h"

/* SETTLE: where nobody has told the tool to stop. */
enum { CONSUMER_CLOSE_MS = 300, CONSUMER_DELETE_MS = 500, CONSUMER_SETTLE_MS = 3000 };

enum { CONNECTIONS = WANTED_COUNTERS, DISCONNECTED_MS, COUNTERS };

struct consumer {
	struct session session;
	struct consumer_config config;
	struct incoming incoming;
	struct wanted wanted;
	uint64_t generation;           /* that what follows is of */
	bool has_come[BUS_QUEUES_MAX]; /* on this connection, by queue */
	int64_t bind_at;               /* monotonic ns: its queues are bound once more */
	/* Written by attempts to connect; the second of them is read by any thread, by queue. */
	struct topology_refusals refusals;
	struct topology_name names[BUS_QUEUES_MAX];
	_Atomic bool without_own_keys[BUS_QUEUES_MAX];
	struct acks acks;             /* of kept queues */
	struct deliveries deliveries; /* of shared ones */
	bool holds;                   /* they are not acknowledged at the moment */
	/* Those that are asked for by the next connection; NULL: those of config. */
	const struct bus_queue *next_queues;
	unsigned next_count;
	bool deletes_kept;
	struct why said; /* of a kept queue that is not as it was asked for */
	char section[64];
	struct counter counters[COUNTERS];
};

/* Acknowledges what is to be, of kept and of shared queues. */
void consumer_flush_acks(struct consumer *c);
void consumer_flush_done(struct consumer *c);
/* Connected, and about to be closed: waits until nothing that was acknowledged can come again, or
 * says that some of it may. */
void consumer_settle(struct consumer *c);

#endif
