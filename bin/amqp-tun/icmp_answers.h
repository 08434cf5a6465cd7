/* icmp_answers.h - ICMP answers to what is too big: how many there may be, and those on their way
 * from the downlink's thread, which finds out, to the uplink's, which publishes. Never waits; what
 * there is no room for is not sent, as an answer may be lost. */
#ifndef ICMP_ANSWERS_H
#define ICMP_ANSWERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "too_big.h"

/* RFC 1812 4.3.2.8, RFC 4443 2.4 (f): so many at once, and so many a second. */
enum { ANSWERS_BURST = 50, ANSWERS_A_SECOND = 100 };
struct answer_limit { /* all zero: none yet */
	int64_t full_at_ns;
};
/* Whether there may be one more at this time, in monotonic ns. */
bool icmp_answers_allow(struct answer_limit *l, int64_t now_ns);

enum { ANSWERS_WAITING = 16 };
struct icmp_answers { /* private; all zero but the lock */
	pthread_mutex_t lock;
	unsigned first, count;
	struct {
		size_t length;
		uint8_t octets[TOO_BIG_MAX];
	} list[ANSWERS_WAITING];
};
#define ANSWERS_NONE                                                                               \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}
bool icmp_answers_put(struct icmp_answers *a, const uint8_t *octets, size_t length);
/* Octets of the next one, copied to out; 0: there is none. */
size_t icmp_answers_next(struct icmp_answers *a, uint8_t out[TOO_BIG_MAX]);

#endif
