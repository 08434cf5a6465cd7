/* acks.h - which messages of kept queues a consumer has acknowledged on its connection, and how
 * many may be in flight there. What is in flight when a connection ends counts as returned to its
 * queue, and the broker may drop what has returned often (RabbitMQ 4.0 to 4.2 after 20 times): so
 * that no message is in flight on many, one may be at first, and never more than have been
 * acknowledged on this connection. Never acknowledges what was not said to be written out. */
#ifndef ACKS_H
#define ACKS_H

#include <stdbool.h>

#include "bus/topology.h"

struct acks {                 /* private */
	uint64_t last_tag;    /* of what has come */
	uint64_t ack_tag;     /* of what is written out */
	unsigned unwritten;   /* have come since the last acks_note_written, of these … */
	bool given;           /* … at least one has been given to the tool */
	unsigned due;         /* written out, not acknowledged */
	unsigned left;        /* will not be written out */
	unsigned window;      /* may be in flight */
	unsigned window_acks; /* sent since it is so wide */
	int64_t held_since;   /* acknowledgements wait for more; monotonic ns, 0: none do */
};

/* A new connection. */
void acks_reset(struct acks *a);
/* A message has come; given: the tool has to write it out. */
void acks_note(struct acks *a, uint64_t delivery_tag, bool given);
/* The last one that was noted will not be written out. */
void acks_leave_last(struct acks *a);
void acks_note_written(struct acks *a);
/* Have come, and are not acknowledged. */
unsigned acks_in_flight(const struct acks *a);
/* So many wait to be acknowledged, or would after acks_note_written, that acks_send should not be
 * put off. */
bool acks_are_many(const struct acks *a);
/* Nothing more waits to be read: acks_send is to be put off for up to *timeout_ms, which it lowers.
 */
bool acks_hold(struct acks *a, int *timeout_ms);
/* Acknowledges what is written out, and widens the window. The library's status. */
int acks_send(struct acks *a, const struct link *link, const struct bus_queue *queues,
              unsigned count);

#endif
