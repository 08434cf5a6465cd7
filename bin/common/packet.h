/* packet.h - a frame or packet on its way through a tool: source -> decode -> encode -> sink; and
 * the clocks it is timed by. */
#ifndef PACKET_H
#define PACKET_H

#include <stdint.h>
#include <time.h>

#include "envelope_packet.h"

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

#endif
