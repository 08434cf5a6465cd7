/* queue.h - a queue that a consumer reads, on the exchange of its settings. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdint.h>

enum bus_queue_kind {
	/* Bounded, the oldest messages give way, gone with the connection: what is late is worth
	 * nothing. */
	BUS_LIVE,
	/* Survives readers and brokers; each message is acknowledged, or comes again. Two readers
	 * of one name share its messages. */
	BUS_KEPT,
	/* Like a live one; apart, so that a flood of data never pushes a command out. */
	BUS_CONTROL,
};

struct bus_queue {
	enum bus_queue_kind kind;
	const char *name; /* "framebus.NAME.tun": live and control queues get ".<random>" added */
	const char *const *bindings; /* topic patterns, NULL-terminated */
	uint64_t max_octets;         /* live and control: oldest dropped beyond it; 0: 8 MiB */
	uint64_t max_messages;       /* the same, for many small messages; 0: no bound */
	uint64_t message_ttl_ms;     /* messages that wait longer are dropped; 0: no bound */
};

enum { BUS_QUEUES_MAX = 4 }; /* of one consumer */

#endif
