#include "bus/topology.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/os.h"
#include "bus/deliveries.h"
#include "bus/kept_queue.h"
#include "bus/shared_queue.h"
#include "bus/table.h"

enum { DEFAULT_QUEUE_OCTETS = 8 << 20 };

/* A name of its own for every connection: no race with the broker's clean-up of the last one. */
static struct topology_name name_queue(const struct bus_queue *q)
{
	struct topology_name name;
	uint64_t random = 0;

	bool is_named = q->kind == BUS_KEPT || bus_queue_is_shared(q->kind);

	if (!is_named && os_random(&random, sizeof random) == 0)
		snprintf(name.text, sizeof name.text, "%s.%016" PRIx64, q->name, random);
	else
		snprintf(name.text, sizeof name.text, "%s", q->name);
	return name;
}

enum { EXCLUSIVE_ARGUMENTS = 4 };

static amqp_queue_declare_t ask_exclusive(const struct bus_queue *q,
                                          const struct topology_name *name,
                                          amqp_table_entry_t arguments[EXCLUSIVE_ARGUMENTS])
{
	int n = 0;

	arguments[n++] = table_number("x-max-length-bytes",
	                              q->max_octets ? q->max_octets : DEFAULT_QUEUE_OCTETS);
	arguments[n++] = table_text("x-overflow", "drop-head");
	if (q->max_messages)
		arguments[n++] = table_number("x-max-length", q->max_messages);
	if (q->message_ttl_ms)
		arguments[n++] = table_number("x-message-ttl", q->message_ttl_ms);
	return (amqp_queue_declare_t){.queue = amqp_cstring_bytes(name->text),
	                              .exclusive = 1,
	                              .auto_delete = 1,
	                              .arguments = table_of(arguments, n)};
}

static int declare_exclusive(const struct link *link, const struct bus_queue *q,
                             const struct topology_name *name, struct failure *failure)
{
	amqp_table_entry_t arguments[EXCLUSIVE_ARGUMENTS];
	amqp_queue_declare_t request = ask_exclusive(q, name, arguments);
	char doing[LINK_TEXT_SIZE + 32];

	snprintf(doing, sizeof doing, "declaring the queue %.255s", name->text);
	return link_call(link, AMQP_QUEUE_DECLARE_METHOD, &request, AMQP_QUEUE_DECLARE_OK_METHOD,
	                 doing, failure);
}

/* A kept one is there already. */
static int declare_queue(const struct link *link, const struct bus_queue *q,
                         const struct topology_name *name, struct failure *failure)
{
	if (q->kind == BUS_KEPT)
		return 0;
	return bus_queue_is_shared(q->kind) ? shared_queue_declare(link, q, failure)
	                                    : declare_exclusive(link, q, name, failure);
}

static int set_prefetch(const struct link *link, const struct bus_queue *queues,
                        struct failure *failure)
{
	/* Of all queues of a consumer: none has a kept and a shared one. */
	amqp_basic_qos_t request = {.prefetch_count = bus_queue_is_shared(queues[0].kind)
	                                                      ? DELIVERIES_WINDOW
	                                                      : TOPOLOGY_WINDOW_MIN};

	return link_call(link, AMQP_BASIC_QOS_METHOD, &request, AMQP_BASIC_QOS_OK_METHOD,
	                 "setting the prefetch count", failure);
}

static int bind_key(const struct link *link, const char *exchange, const char *key,
                    const struct topology_name *name, struct failure *failure)
{
	char doing[2 * LINK_TEXT_SIZE];
	amqp_queue_bind_t request = {.queue = amqp_cstring_bytes(name->text),
	                             .exchange = amqp_cstring_bytes(exchange),
	                             .routing_key = amqp_cstring_bytes(key)};

	snprintf(doing, sizeof doing, "binding %s to the exchange %s", key, exchange);
	return link_call(link, AMQP_QUEUE_BIND_METHOD, &request, AMQP_QUEUE_BIND_OK_METHOD, doing,
	                 failure);
}

bool topology_is_refused(const struct topology_refusals *r, unsigned queue, unsigned binding)
{
	return binding < TOPOLOGY_BINDINGS && r->bits[queue][binding / 64] >> binding % 64 & 1;
}

static void note_refusal(struct topology_refusals *r, unsigned queue, unsigned binding)
{
	r->any[queue] = true;
	if (binding < TOPOLOGY_BINDINGS)
		r->bits[queue][binding / 64] |= UINT64_C(1) << binding % 64;
}

static int bind_queue(const struct link *link, const char *exchange, const struct bus_queue *queues,
                      unsigned index, const struct topology_name *name,
                      struct topology_words *words, struct failure *failure)
{
	const char *const *keys = queues[index].bindings;

	bool may_lack = queues[index].kind == BUS_OVERHEARD;

	for (unsigned i = 0; keys[i]; i++) {
		if (bind_key(link, exchange, keys[i], name, failure) == 0)
			continue;
		if (!failure->refusal ||
		    (!may_lack && !link_is_key_refused(failure->why.text, LINK_OWN_KEYS)))
			return -1;
		note_refusal(&words->refusals, index, i);
		*(may_lack ? &words->unheard : &words->refused) = failure->why;
		if (link_reopen_channel(link, failure) < 0 ||
		    set_prefetch(link, queues, failure) < 0)
			return -1;
	}
	return 0;
}

static int consume_queue(const struct link *link, unsigned index, bool acks,
                         const struct topology_name *name, struct failure *failure)
{
	char tag[16], doing[LINK_TEXT_SIZE + 32];

	snprintf(tag, sizeof tag, "%u", index);
	amqp_basic_consume_t request = {.queue = amqp_cstring_bytes(name->text),
	                                .consumer_tag = amqp_cstring_bytes(tag),
	                                .no_ack = !acks};
	snprintf(doing, sizeof doing, "consuming the queue %.255s", name->text);
	return link_call(link, AMQP_BASIC_CONSUME_METHOD, &request, AMQP_BASIC_CONSUME_OK_METHOD,
	                 doing, failure);
}

int topology_build(const struct link *link, const char *exchange, const struct bus_queue *queues,
                   unsigned count, struct topology_words *words, struct failure *failure)
{
	struct topology_name *names = words->names;

	words->refusals = (struct topology_refusals){.any = {false}};
	words->unheard.text[0] = '\0';
	/* First: what a refused declaration closes is the channel, and this with it. */
	for (unsigned i = 0; i < count; i++)
		if (queues[i].kind == BUS_KEPT &&
		    kept_queue_declare(link, &queues[i], words->kept, failure) < 0)
			return -1;
	if (set_prefetch(link, queues, failure) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		names[i] = name_queue(&queues[i]);
		if (declare_queue(link, &queues[i], &names[i], failure) < 0 ||
		    bind_queue(link, exchange, queues, i, &names[i], words, failure) < 0)
			return -1;
	}
	/* Deliveries begin with the first consumer: after it, only replies to consumers are waited
	 * for. The data, which may be many, stand first in the list and come last. */
	for (unsigned i = count; i-- > 0;)
		if (consume_queue(link, i,
		                  queues[i].kind == BUS_KEPT || bus_queue_is_shared(queues[i].kind),
		                  &names[i], failure) < 0)
			return -1;
	return 0;
}

static void name_consumer(char tag[32], unsigned index, unsigned window)
{
	if (window == TOPOLOGY_WINDOW_MIN)
		snprintf(tag, 32, "%u", index);
	else
		snprintf(tag, 32, "%u.%u", index, window);
}

/* The new one first: queues of others that we read may go with their last consumer. */
static int replace_consumer(const struct link *link, const char *queue, unsigned index,
                            unsigned from, unsigned to)
{
	char old[32], new[32];
	amqp_basic_consume_t consume = {.queue = amqp_cstring_bytes(queue), .nowait = 1};
	amqp_basic_cancel_t cancel = {.nowait = 1};

	name_consumer(old, index, from);
	name_consumer(new, index, to);
	consume.consumer_tag = amqp_cstring_bytes(new);
	cancel.consumer_tag = amqp_cstring_bytes(old);
	int status = amqp_send_method(link->connection, LINK_CHANNEL, AMQP_BASIC_CONSUME_METHOD,
	                              &consume);
	return status != AMQP_STATUS_OK ? status
	                                : amqp_send_method(link->connection, LINK_CHANNEL,
	                                                   AMQP_BASIC_CANCEL_METHOD, &cancel);
}

int topology_widen(const struct link *link, const struct bus_queue *queues, unsigned count,
                   unsigned from, unsigned to)
{
	amqp_basic_qos_t qos = {.prefetch_count = (uint16_t)to};
	int status = amqp_send_method(link->connection, LINK_CHANNEL, AMQP_BASIC_QOS_METHOD, &qos);

	for (unsigned i = 0; i < count && status == AMQP_STATUS_OK; i++)
		if (queues[i].kind == BUS_KEPT)
			status = replace_consumer(link, queues[i].name, i, from, to);
	return status;
}

int topology_unhear(const struct link *link, unsigned index)
{
	char tag[32];
	amqp_basic_cancel_t cancel = {.nowait = 1};

	name_consumer(tag, index, TOPOLOGY_WINDOW_MIN);
	cancel.consumer_tag = amqp_cstring_bytes(tag);
	return amqp_send_method(link->connection, LINK_CHANNEL, AMQP_BASIC_CANCEL_METHOD, &cancel);
}

static int bind_unanswered(const struct link *link, const char *exchange, const char *key,
                           const struct topology_name *name)
{
	amqp_queue_bind_t request = {.queue = amqp_cstring_bytes(name->text),
	                             .exchange = amqp_cstring_bytes(exchange),
	                             .routing_key = amqp_cstring_bytes(key),
	                             .nowait = 1};

	return amqp_send_method(link->connection, LINK_CHANNEL, AMQP_QUEUE_BIND_METHOD, &request);
}

static int bind_again(const struct link *link, const char *exchange, const struct bus_queue *queues,
                      unsigned index, const struct topology_refusals *refusals,
                      const struct topology_name *name)
{
	const char *const *keys = queues[index].bindings;
	int status = AMQP_STATUS_OK;

	for (unsigned i = 0; keys[i] && status == AMQP_STATUS_OK; i++)
		if (!topology_is_refused(refusals, index, i))
			status = bind_unanswered(link, exchange, keys[i], name);
	return status;
}

int topology_bind_again(const struct link *link, const char *exchange,
                        const struct bus_queue *queues, unsigned count,
                        const struct topology_refusals *refusals, const struct topology_name *names)
{
	int status = AMQP_STATUS_OK;

	for (unsigned i = 0; i < count && status == AMQP_STATUS_OK; i++)
		if (queues[i].kind != BUS_OVERHEARD)
			status = bind_again(link, exchange, queues, i, refusals, &names[i]);
	return status;
}

int topology_overhear(const struct link *link, const char *exchange, const struct bus_queue *queues,
                      unsigned index, const struct topology_refusals *refusals,
                      struct topology_name *names)
{
	amqp_table_entry_t arguments[EXCLUSIVE_ARGUMENTS];

	names[index] = name_queue(&queues[index]);
	amqp_queue_declare_t declare = ask_exclusive(&queues[index], &names[index], arguments);
	amqp_basic_consume_t consume = {.queue = declare.queue, .no_ack = 1, .nowait = 1};
	char tag[32];

	declare.nowait = 1;
	name_consumer(tag, index, TOPOLOGY_WINDOW_MIN);
	consume.consumer_tag = amqp_cstring_bytes(tag);
	int status = amqp_send_method(link->connection, LINK_CHANNEL, AMQP_QUEUE_DECLARE_METHOD,
	                              &declare);
	if (status == AMQP_STATUS_OK)
		status = bind_again(link, exchange, queues, index, refusals, &names[index]);
	return status != AMQP_STATUS_OK ? status
	                                : amqp_send_method(link->connection, LINK_CHANNEL,
	                                                   AMQP_BASIC_CONSUME_METHOD, &consume);
}

bool topology_delete_kept(const struct link *link, const struct bus_queue *queues, unsigned count)
{
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		amqp_queue_delete_t request = {.queue = amqp_cstring_bytes(queues[i].name),
		                               .nowait = 1};

		if (queues[i].kind != BUS_KEPT)
			continue;
		amqp_send_method(link->connection, LINK_CHANNEL, AMQP_QUEUE_DELETE_METHOD,
		                 &request);
		any = true;
	}
	return any;
}
