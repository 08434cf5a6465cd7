/* packet.h - a frame or packet on its way through a tool: source -> decode -> encode -> sink. */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum link_type {
	LINK_RAW = 101, /* LINKTYPE_RAW: IPv4 or IPv6 */
	LINK_IEEE802_15_4_WITHFCS = 195,
	LINK_IEEE802_15_4_NOFCS = 230,
	LINK_IEEE802_15_4_TAP = 283,
};

struct packet {
	const uint8_t *data; /* valid until its source is asked for the next one */
	size_t length;
	int64_t time_ns;    /* since the epoch, UTC */
	uint16_t link_type; /* enum link_type */
};

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
