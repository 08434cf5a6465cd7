/* publisher.h - messages to the bus; bus.h says how its parts are used. Two promises: *live*, given
 * to TCP once, and *kept*, remembered and sent again until the broker has confirmed it. */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include <poll.h>

#include "bus/bus.h"
#include "bus/publication.h"

struct publisher;
/* Registers statistics: before threads start. Connects nothing yet. NULL with why; lives until the
 * tool ends. Two publishers of one process never publish under one key of one exchange: receivers
 * would take their messages for duplicates. */
struct publisher *publisher_new(const struct publisher_config *config, struct why *why);

/* --- the owner's loop --- */

/* Fills fds[0..BUS_FDS) and lowers *timeout_ms (-1: none) to what it needs. Returns how many fds
 * were filled. Publications that are held back to leave together leave now. */
int publisher_prepare(struct publisher *p, struct pollfd *fds, int *timeout_ms);
/* After poll, whatever it said: connects, reads what the broker answers, sends what is due.
 * Look-up, TCP, TLS and login run in a thread of their own; only sending may wait for the peer.
 * EXIT_OK, or the status to end the tool with, for ever; the reason has been printed. */
int publisher_work(struct publisher *p);
/* Connected, and not blocked by the broker: this end is ready. */
bool publisher_is_open(const struct publisher *p);
/* Counts connections: 0 before the first. A change: announce yourself again. */
uint64_t publisher_generation(const struct publisher *p);

/* --- publishing --- */

/* 0: a live message has been given to TCP, a kept one is remembered: sent now or later, again after
 * an outage with the same message id, until the broker has confirmed it or has given it back
 * because no queue wants it. PUBLISHER_AGAIN: it was not accepted. Live: there is no connection, or
 * it was just lost: drop the message and count it. Kept: the bound of memory, or of the spool, is
 * reached: stop reading the device until publisher_work has made room, or drop and count. Waits
 * while the peer's window is full; publisher_watch bounds that. */
enum { PUBLISHER_AGAIN = -1 };
int publisher_publish(struct publisher *p, const struct bus_publication *publication);
/* What publisher_publish has sent since publisher_prepare may wait in the kernel for more, to share
 * a segment. Only an owner that is about to wait for something other than publisher_prepare's fds,
 * or to work for milliseconds, calls this. */
void publisher_flush(struct publisher *p);
/* A control message (JSON) from any thread: copied, and sent by the owner's publisher_work once it
 * is open; never confirmed. False: 64 wait already, it was dropped and counted. */
bool publisher_post(struct publisher *p, const char *key, const void *body, size_t length);
/* Accepted messages of which nobody knows whether the broker has them: kept ones that are not
 * confirmed (those on disk, too), posted ones that are not sent. A tool whose input has ended goes
 * on until it is 0. */
size_t publisher_pending(struct publisher *p);
/* Kept, without a store: how many messages publisher_publish has accepted ever, and of how many of
 * the first of them the broker has the promise, or nobody wants them, or it refuses them for good.
 * Whoever reads from a queue acknowledges there what it has published here once it is among them.
 */
uint64_t publisher_accepted(const struct publisher *p);
uint64_t publisher_answered(const struct publisher *p);
/* The broker refuses a routing key of our own: nothing is published under those any more. */
bool publisher_is_without_own_keys(const struct publisher *p);
/* The same of the optional ones. */
bool publisher_is_without_optional_keys(const struct publisher *p);
/* Messages that came back because no queue wanted them (counted as `unroutable`). */
uint64_t publisher_unroutable(const struct publisher *p);
/* Kept messages that the broker refuses for good, such as one that is too long for it: each was let
 * go of, and set aside in the store. */
uint64_t publisher_refused(const struct publisher *p);

/* For how long the broker has taken no kept message and has said only that publishing is not
 * allowed (403), since it did allow it; 0: it is not so. */
int64_t publisher_forbidden_ms(const struct publisher *p);

/* --- the main thread: a worker's watch and interrupt --- */

/* Ends a connection whose peer has taken nothing for two heartbeats while a call waits for it. */
void publisher_watch(struct publisher *p);
/* Ends whatever call is under way, and with it the connection: the tool is stopping. */
void publisher_interrupt(struct publisher *p);

/* --- the end --- */

/* Owner, once: within 0.7 s, whatever the broker does, waits for confirms of what is pending,
 * closes. Says what it had to leave. */
void publisher_close(struct publisher *p);

#endif
