/* lowpan.h - as much of a 6LoWPAN packet (RFC 4944, 6282) as MLE messages and addresses need: one
 * compressed IPv6 header, and the UDP header behind it. */
#ifndef LOWPAN_H
#define LOWPAN_H

#include "frame.h"

struct lowpan_packet {
	uint8_t source[16], destination[16];
	bool is_udp;
	uint16_t source_port, destination_port;
	size_t upper; /* offset in the frame of what follows the IPv6 and UDP headers */
};

/* Of a frame in clear. False: it is no such packet, or its addresses need a context that is not
 * known. */
bool lowpan_parse(struct lowpan_packet *p, const struct frame *f, const uint8_t *octets);
/* The extended address that a link-local one is made of; false: of none. */
bool lowpan_extended(uint64_t *extended, const uint8_t address[16]);

#endif
