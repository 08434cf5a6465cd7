/* kept.h - the kept promise of a publisher: each message is in memory, and on disk where there is a
 * store, until the broker has confirmed it or given it back; it is sent again on the next
 * connection, and where the broker refused it. Never holds more than its bounds. */
#ifndef KEPT_H
#define KEPT_H

#include "base/stats.h"
#include "bus/outgoing.h"
#include "bus/store.h"
#include "bus/unconfirmed.h"

struct kept {
	/* the owner's, before the first call */
	struct outgoing *outgoing;
	struct store *store; /* NULL: memory alone */
	struct counter *confirmed, *returned, *pending, *nacked, *resent, *refused, *connections;
	/* NULL, or sends what is to be published as other messages: the last of them as
	 * unconfirmed_sent has it, those before as parts. 1: done; 0: it is to be sent as it is;
	 * -1: not now. */
	int (*send_otherwise)(void *context, const struct kept_message *m);
	void *context;

	/* private */
	bool waits_for_answer; /* send_otherwise said: not now */
	struct unconfirmed *unconfirmed;
	/* Of the store: the last number that is in memory, and how many messages are behind it. */
	uint64_t loaded_until, on_disk_only;
	/* The broker closed the channel because of a message: it is among so many, which go out one
	 * at a time. */
	size_t one_by_one;
	uint64_t suspect;        /* record + 1 of the one that was alone when that happened */
	int64_t forbidden_since; /* the broker has taken nothing and says that we may not; 0: no */
	uint64_t returns;        /* whose confirms are to come */
	int64_t resend_at;       /* nothing is sent before: the broker refused some */
	unsigned refusals;       /* ... so many times in a row */
	/* 0: all is answered; else when the broker answered last, or the first message after that
	 * went out. */
	int64_t unanswered_since;
	bool has_confirmed;          /* something, on this connection */
	unsigned silent_connections; /* on which it confirmed nothing within the time that it had */
};

/* octets: the bound of memory. 0, or -1: no memory. */
int kept_init(struct kept *k, size_t octets);
/* The connection is another one. close_code: with which the broker ended the last, 0: with none.
 * A message that it refuses for good is let go of, and set aside in the store. */
void kept_reset(struct kept *k, int close_code);

/* False: a bound is reached. */
bool kept_add(struct kept *k, struct kept_message *m);
/* The statistics say how many there are. Apart from kept_add: what is added counts as published,
 * and as pending, when the attempt to send it has returned, both at one time, also where that waits
 * for the peer. */
void kept_show_pending(struct kept *k);
/* What waits, so many messages at the most, while the session is open. */
void kept_send(struct kept *k);
/* Messages that were left on disk come into memory as there is room. Where they cannot be read the
 * session is over. */
void kept_load(struct kept *k);
/* What is in memory alone goes into the store as soon as that takes it. */
void kept_store(struct kept *k);

/* The message that would be sent next is refused for good: set aside, counted, warned of once. */
void kept_refuse_next(struct kept *k);

void kept_note_return(struct kept *k); /* comes before the confirm of the same message */
void kept_note_confirm(struct kept *k, uint64_t tag, bool multiple);
void kept_note_refusal(struct kept *k, uint64_t tag, bool multiple);
/* True: the broker has confirmed nothing for too long, the connection is worth nothing. */
bool kept_is_silent(struct kept *k);

size_t kept_count(const struct kept *k);
int kept_wait_ms(struct kept *k); /* until kept_send or kept_is_silent is due; -1: neither */

/* Once, at the end: writes what is left into the store, and says what is left, and that so many
 * posts are. */
void kept_tell_rest(struct kept *k, size_t posts);

#endif
