#include "icmp_answers.h"

#include <string.h>

enum { SECOND = 1000000000 };

bool icmp_answers_allow(struct answer_limit *l, int64_t now_ns)
{
	const int64_t each = SECOND / ANSWERS_A_SECOND;

	if (l->full_at_ns < now_ns)
		l->full_at_ns = now_ns;
	if (l->full_at_ns + each > now_ns + ANSWERS_BURST * each)
		return false;
	l->full_at_ns += each;
	return true;
}

bool icmp_answers_put(struct icmp_answers *a, const uint8_t *octets, size_t length)
{
	bool room;

	pthread_mutex_lock(&a->lock);
	room = a->count < ANSWERS_WAITING && length <= TOO_BIG_MAX;
	if (room) {
		unsigned at = (a->first + a->count++) % ANSWERS_WAITING;

		a->list[at].length = length;
		memcpy(a->list[at].octets, octets, length);
	}
	pthread_mutex_unlock(&a->lock);
	return room;
}

size_t icmp_answers_next(struct icmp_answers *a, uint8_t out[TOO_BIG_MAX])
{
	size_t length = 0;

	pthread_mutex_lock(&a->lock);
	if (a->count) {
		length = a->list[a->first].length;
		memcpy(out, a->list[a->first].octets, length);
		a->first = (a->first + 1) % ANSWERS_WAITING;
		a->count--;
	}
	pthread_mutex_unlock(&a->lock);
	return length;
}
