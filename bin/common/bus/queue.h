/* queue.h - a queue that a consumer reads, on the exchange of its settings. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stdint.h>

enum bus_queue_kind {
	/* Bounded, the oldest messages give way, gone with the connection: what is late is worth
	 * nothing. */
	BUS_LIVE,
	/* Survives readers and brokers; each message is acknowledged, or comes again. One reader
	 * at a time: another one ends with `taken`. */
	BUS_KEPT,
	/* Like a live one; apart, so that a flood of data never pushes a command out. */
	BUS_CONTROL,
	/* Of several readers that share it the broker lets one read at a time; it stays when they
	 * go, until `expires_ms`. Each message is to be said to be done (consumer_done), or comes
	 * again. LIVE: its messages go with the broker; KEPT: they survive it. */
	BUS_SHARED_LIVE,
	BUS_SHARED_KEPT,
	/* Like a control one, to know of what nobody reads. Its messages are not followed (ids,
	 * users, losses), nor counted by the consumer; a binding that the broker refuses is left
	 * out. Read until consumer_overhear says otherwise. */
	BUS_OVERHEARD,
};

static inline bool bus_queue_is_shared(enum bus_queue_kind kind)
{
	return kind == BUS_SHARED_LIVE || kind == BUS_SHARED_KEPT;
}

struct bus_queue {
	enum bus_queue_kind kind;
	/* "framebus.NAME.tun": live and control queues get ".<random>" added */
	const char *name;
	const char *const *bindings; /* topic patterns, NULL-terminated */
	/* Oldest dropped beyond it. 0: 8 MiB, of a kept or a shared queue no bound. */
	uint64_t max_octets;
	uint64_t max_messages;   /* the same, for many small messages; 0: no bound */
	uint64_t message_ttl_ms; /* messages that wait longer are dropped; 0: no bound */
	uint64_t expires_ms;     /* kept, shared: deleted when unused for so long; 0: never */
	const char *taken;       /* kept: says who reads it already, and what to do */
};

enum { BUS_QUEUES_MAX = 128 }; /* of one consumer */

#endif
