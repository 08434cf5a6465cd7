/* envelope_packet.h - the packet: octets of a known kind, and when they were there. A struct and
 * nothing to link. Used in the example of envelope.h (docs/examples/envelope_example.c). */
#ifndef ENVELOPE_PACKET_H
#define ENVELOPE_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum envelope_link_type {                          /* the values of tcpdump.org/linktypes.html */
	                  ENVELOPE_LINK_RAW = 101, /* IPv4 or IPv6, from its header on */
	                  ENVELOPE_LINK_IEEE802_15_4_WITHFCS = 195,
	                  ENVELOPE_LINK_IEEE802_15_4_NOFCS = 230,
	                  ENVELOPE_LINK_IEEE802_15_4_TAP = 283,
};

#define ENVELOPE_PACKET_MAX 65535 /* octets of the longest one that is built or read here */

struct envelope_packet {
	const uint8_t *data; /* not owned: valid as long as whoever filled the struct says */
	size_t length;
	int64_t time_ns;    /* since the epoch, UTC; 0: not known */
	uint16_t link_type; /* enum envelope_link_type, or what a capture says */
};

#endif
