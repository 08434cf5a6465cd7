/* consumer.h - messages from the bus; bus.h says how its parts are used. Only what one of its own
 * bindings asked for comes out, once, within the bound of its length. */
#ifndef CONSUMER_H
#define CONSUMER_H

#include <poll.h>

#include "bus/bus.h"
#include "bus/consumer_config.h"
#include "bus/message.h"

struct consumer;
/* Registers statistics: before threads start. Connects nothing yet. NULL with why; lives until the
 * tool ends. */
struct consumer *consumer_new(const struct consumer_config *config, struct why *why);

/* --- the owner's loop --- */

/* Fills fds[0..BUS_FDS) and lowers *timeout_ms (-1: none) to what it needs. Returns how many fds
 * were filled. */
int consumer_prepare(struct consumer *c, struct pollfd *fds, int *timeout_ms);
/* After poll, whatever it said: connects, in a thread of its own. EXIT_OK, or the status to end the
 * tool with, for ever; the reason has been printed. */
int consumer_work(struct consumer *c);
/* Connected, its queues in place: this end is ready. */
bool consumer_is_open(const struct consumer *c);
/* The broker has refused a binding of this queue by a key of our own ("framebus.…"): it is read
 * without. From any thread, from consumer_is_open on. */
bool consumer_is_without_own_keys(const struct consumer *c, unsigned queue);
/* Counts connections: 0 before the first. A change: announce yourself again. */
uint64_t consumer_generation(const struct consumer *c);

/* --- consuming --- */

/* 1: a whole message, valid until the next call for this consumer (consumer_ack, too); 0: none now.
 * Left out, and counted: what is too long, under a key or from a user that was not asked for, and
 * what has come before (same message id), or comes under a key of our own, too. */
int consumer_next(struct consumer *c, struct bus_message *m);
/* Any message has come, be it one that was left out: the broker has some for us. */
bool consumer_has_received(const struct consumer *c);
/* Kept queues: all that consumer_next has given so far is written out, and will not come again.
 * Other queues: nothing. It may be called for each message: the broker is told of many at once. */
void consumer_ack(struct consumer *c);
/* Shared queues: what was to be done about the message with this delivery tag, of that connection
 * (consumer_generation), has been done. It is acknowledged when all before it are done, too;
 * without that it comes again. Of another connection than the present one: nothing. */
void consumer_done(struct consumer *c, uint64_t generation, uint64_t tag);
/* While it holds, nothing of shared queues is acknowledged. */
void consumer_hold(struct consumer *c, bool holds);
/* From the next connection on, which is made at once, it reads these queues; they live as those of
 * the configuration. What was given out and is not done comes again. */
void consumer_requeue(struct consumer *c, const struct bus_queue *queues, unsigned count);
/* That is yet to be. When it was, nothing refers to the queues before these any more. */
bool consumer_requeues(const struct consumer *c);
/* The last message came by a queue that is BUS_OVERHEARD. */
bool consumer_overheard(const struct consumer *c, const struct bus_message *m);
/* Queues of that kind are read, or not, until the next connection, which reads them. What is on its
 * way may still come. Each time the other way round. */
void consumer_overhear(struct consumer *c, bool reads);
/* The last message that consumer_next gave is not written out: consumer_ack is about those before
 * it. Only when nothing more is read: it comes again on another connection. */
void consumer_leave_last(struct consumer *c);
/* The broker waits for a consumer_ack before it sends more, or soon will: for whom that is so much
 * work that it is done for many at once. Also when consumer_next has said 0. */
bool consumer_ack_is_due(const struct consumer *c);

/* --- the main thread: a worker's watch and interrupt --- */

/* Ends a connection whose peer has taken nothing for two heartbeats while a call waits for it. */
void consumer_watch(struct consumer *c);
/* Ends whatever call is under way, and with it the connection: the tool is stopping. */
void consumer_interrupt(struct consumer *c);

/* --- the end --- */

/* consumer_close will delete the kept queues, and all that is in them. */
void consumer_delete_kept(struct consumer *c);
/* Owner, once: acknowledges, waits until nothing of that can come again, deletes kept queues if it
 * was told to, closes. Whatever the broker does, within 0.7 s while the tool stops, else within
 * 3.5 s. Says what it had to leave. */
void consumer_close(struct consumer *c);

#endif
