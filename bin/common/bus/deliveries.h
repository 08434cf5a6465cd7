/* deliveries.h - what a consumer has been given out of shared queues on its connection and has not
 * acknowledged: each is done by itself, and the broker is told of all up to the first that is not.
 * Never acknowledges one that was not said to be done. */
#ifndef DELIVERIES_H
#define DELIVERIES_H

#include <stdbool.h>
#include <stdint.h>

/* DELIVERIES_MAX: more than may be in flight, which the prefetch count bounds. */
enum { DELIVERIES_WINDOW = 512, DELIVERIES_MAX = 1 << 16, DELIVERIES_AT_ONCE = 100 };

struct deliveries {
	struct delivery {
		uint64_t tag;
		bool done;
	} * ring;
	/* Counted on, taken modulo DELIVERIES_MAX: the first that is not acknowledged, the first
	 * that may not be done, one past the last. */
	uint64_t head, done, tail;
};

/* 0, or -1: no memory. */
int deliveries_init(struct deliveries *d);
/* A new connection. */
void deliveries_reset(struct deliveries *d);
/* It has come. False: there are too many, which no broker sends. */
bool deliveries_note(struct deliveries *d, uint64_t tag);
/* One that was noted; others are let pass. */
void deliveries_done(struct deliveries *d, uint64_t tag);
/* How many are done that come before all that are not. */
uint64_t deliveries_due(const struct deliveries *d);
/* The tag by which these are acknowledged, together; 0: there are none. They are forgotten. */
uint64_t deliveries_take(struct deliveries *d);

#endif
