/* packet.h - a frame or packet on its way through a tool: source -> decode -> encode -> sink. */
#ifndef PACKET_H
#define PACKET_H

#include <stddef.h>
#include <stdint.h>

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

#endif
