/* receipts.h - frames that were received and whose copies the broker does not have all: each is
 * acknowledged when it does. Those of an earlier connection come again, and are left out, as their
 * ids are known: nothing is acknowledged before the broker has all their copies. */
#ifndef RECEIPTS_H
#define RECEIPTS_H

#include "bus/consumer.h"
#include "bus/publisher.h"

enum { RECEIPTS_MAX = 1 << 16 }; /* as many as may be in flight */

struct receipts {
	struct receipt {
		uint64_t tag;    /* 0: of an earlier connection */
		uint64_t until;  /* publisher_answered says so when all its copies are there */
		unsigned copies; /* that are not published yet */
	} * ring;
	uint64_t head, tail; /* counted on, taken modulo RECEIPTS_MAX */
	uint64_t generation; /* of the consumer's connection */
	uint64_t hold;       /* those before this one are of earlier ones */
};

/* 0, or -1: no memory. */
int receipts_init(struct receipts *r);
bool receipts_have_room(const struct receipts *r);
/* One that was received now, with so many copies to come. Its number. */
uint64_t receipts_add(struct receipts *r, uint64_t tag, unsigned copies);
/* One more copy of it, which is published later, too. */
void receipts_expect(struct receipts *r, uint64_t number);
/* A copy was accepted by the publisher, or will never be. */
void receipts_note(struct receipts *r, uint64_t number, const struct publisher *kept);
/* Tells the consumer of those that are done; before that, of another connection. */
void receipts_settle(struct receipts *r, struct consumer *consumer, const struct publisher *kept);

#endif
