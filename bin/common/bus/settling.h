/* settling.h - before a connection that has acknowledged is closed. RabbitMQ's channel puts off
 * acknowledgements to a quorum queue while 32 of them are on their way into the queue's log, and
 * forgets at its end what it has put off: those messages would come again. Acknowledges nothing,
 * and cancels no consumer: what is on its way to a cancelled one comes again behind others. */
#ifndef SETTLING_H
#define SETTLING_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/link.h"
#include "bus/queue.h"

struct settling {
	const struct link *link;
	const struct bus_queue *queues;
	unsigned count;
	const bool *has_come; /* by queue: something was delivered, and may be acknowledged */
	/* Of kept queues: may be in flight from each; have come and are not acknowledged. */
	unsigned window;
	uint64_t in_flight;
	/* private */
	uint64_t ready;
	unsigned answers;
};

/* All that was acknowledged is in the queues' logs, or behind nothing but them. False: the broker
 * has not said so within limit_ms, or has closed the channel. The connection is only to be closed
 * after that: what comes meanwhile is read and thrown away. */
bool settling_wait(struct settling *s, int limit_ms);

#endif
