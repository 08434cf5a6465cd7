#include "bus/shared_queue.h"

#include <stdio.h>

#include "bus/kept_queue.h"
#include "bus/table.h"

enum { ARGUMENTS_MAX = 8 };

/* A quorum queue has its messages on the disks of several nodes. The other one is durable, since
 * RabbitMQ 4.3 refuses one that is neither that nor exclusive; its messages need not be. */
int shared_queue_declare(const struct link *link, const struct bus_queue *q,
                         struct failure *failure)
{
	amqp_table_entry_t arguments[ARGUMENTS_MAX];
	char doing[LINK_TEXT_SIZE + 32];
	int n = 0;

	arguments[n++] = table_true("x-single-active-consumer");
	if (q->kind == BUS_SHARED_KEPT)
		arguments[n++] = table_text("x-queue-type", "quorum");
	if (q->kind == BUS_SHARED_KEPT && kept_queue_loses_returned(link))
		arguments[n++] = table_number("x-delivery-limit", (uint64_t)-1);
	if (q->max_octets)
		arguments[n++] = table_number("x-max-length-bytes", q->max_octets);
	if (q->max_messages)
		arguments[n++] = table_number("x-max-length", q->max_messages);
	if (q->message_ttl_ms)
		arguments[n++] = table_number("x-message-ttl", q->message_ttl_ms);
	if (q->expires_ms)
		arguments[n++] = table_number("x-expires", q->expires_ms);
	amqp_queue_declare_t request = {.queue = amqp_cstring_bytes(q->name),
	                                .durable = 1,
	                                .arguments = table_of(arguments, n)};
	snprintf(doing, sizeof doing, "declaring the queue %.255s", q->name);
	return link_call(link, AMQP_QUEUE_DECLARE_METHOD, &request, AMQP_QUEUE_DECLARE_OK_METHOD,
	                 doing, failure);
}
