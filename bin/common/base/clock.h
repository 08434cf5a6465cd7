/* clock.h - the two clocks: of the day, for what is written down, and the one that never steps, for
 * deadlines. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t now_ns(void) /* of a packet */
{
	return clock_ns(CLOCK_REALTIME);
}

static inline int64_t monotonic_ns(void) /* of a deadline */
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* For poll, until due, INT64_MAX: never; a millisecond more rather than one less. */
static inline int poll_ms(int64_t due, int64_t now)
{
	int64_t ms = due == INT64_MAX ? -1 : due <= now ? 0 : (due - now) / 1000000 + 1;

	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

#endif
