/* unconfirmed.h - messages that the broker has not confirmed, in memory, oldest first. Never holds
 * more than its bound of octets, nor than 65 536 messages. */
#ifndef UNCONFIRMED_H
#define UNCONFIRMED_H

#include "bus/store.h"

struct unconfirmed;

/* store: NULL, or what confirmed messages leave. NULL: no memory. */
struct unconfirmed *unconfirmed_new(size_t octets, struct store *store);
void unconfirmed_free(struct unconfirmed *u);

/* Whether it could, with nothing else there. */
bool unconfirmed_can_hold(const struct unconfirmed *u, const struct kept_message *m);
/* Copies it. False: the bound is reached. */
bool unconfirmed_add(struct unconfirmed *u, const struct kept_message *m);
/* The oldest message that has not been sent on this connection; unconfirmed_sent: it has been,
 * under this delivery tag. *again: on another connection before. */
bool unconfirmed_next(struct unconfirmed *u, struct kept_message *m);
void unconfirmed_sent(struct unconfirmed *u, uint64_t tag, bool *again);
/* A part of that message has been sent in its place: it is confirmed when unconfirmed_sent's tag
 * and those of all its parts are. */
void unconfirmed_sent_part(struct unconfirmed *u, uint64_t tag);
/* It is not to be sent at all. As unconfirmed_drop. */
void unconfirmed_drop_next(struct unconfirmed *u, struct kept_message *m);
/* Lets go of what the broker has confirmed. Returns how many (0 for a tag that is not ours). */
uint64_t unconfirmed_confirm(struct unconfirmed *u, uint64_t tag, bool multiple);
/* Whether parts have been confirmed or refused since this was asked last. */
bool unconfirmed_part_answered(struct unconfirmed *u);
/* The broker refused it: it is sent again. Returns how many. */
uint64_t unconfirmed_refuse(struct unconfirmed *u, uint64_t tag, bool multiple);
/* The connection is another one: all are to be sent again. */
void unconfirmed_rewind(struct unconfirmed *u);

/* With a store: the oldest message that is not in it; false: none. unconfirmed_store: now it is,
 * under this number. */
bool unconfirmed_next_unstored(struct unconfirmed *u, struct kept_message *m);
void unconfirmed_store(struct unconfirmed *u, uint64_t number);
size_t unconfirmed_unstored(const struct unconfirmed *u); /* how many are not */

/* How many were sent on this connection and not answered; *oldest: names the first of them, for
 * unconfirmed_drop, which lets go of it and fills *m with its key, length and number in the store.
 * The key is valid until the next message is added. */
size_t unconfirmed_in_flight(const struct unconfirmed *u, uint64_t *oldest);
void unconfirmed_drop(struct unconfirmed *u, uint64_t record, struct kept_message *m);

/* How many were added ever, and how many of the first of them all are let go of. */
uint64_t unconfirmed_added(const struct unconfirmed *u);
uint64_t unconfirmed_done(const struct unconfirmed *u);

size_t unconfirmed_count(const struct unconfirmed *u);
/* Some were sent on this connection, and neither confirmed nor refused. */
bool unconfirmed_awaits_answer(const struct unconfirmed *u);

#endif
