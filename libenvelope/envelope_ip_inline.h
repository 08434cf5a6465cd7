/* envelope_ip_inline.h - envelope_ip.h's functions for the library's own data path, where the call
 * would cost as much as the work. Internal, never installed. */
#ifndef ENVELOPE_IP_INLINE_H
#define ENVELOPE_IP_INLINE_H

#include <string.h>

#include "envelope_bytes.h"
#include "envelope_fault.h"
#include "envelope_ip.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
enum { EXTENSIONS_MAX = 8, EXTENSION_UNIT = 8 };
enum { DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, FRAGMENT_OFFSET = 0x1fff };
#define HEADER_FIELD    "IP header"
#define EXTENSION_FIELD "IPv6 extension headers"

static inline void parse_ipv4(struct envelope_ip *ip, const uint8_t *packet, size_t header)
{
	uint16_t fragment = get_be16(packet + 6);

	*ip = (struct envelope_ip){
		.version = 4,
		.header = header,
		.length = get_be16(packet + 2),
		.protocol = packet[9],
		.hop_limit = packet[8],
		.dont_fragment = fragment & DONT_FRAGMENT,
		.more_fragments = fragment & MORE_FRAGMENTS,
		.fragment_offset = (uint16_t)((fragment & FRAGMENT_OFFSET) * EXTENSION_UNIT),
		.address_size = 4,
		.source = packet + 12,
		.destination = packet + 16,
	};
}

static inline void parse_ipv6(struct envelope_ip *ip, const uint8_t *packet)
{
	*ip = (struct envelope_ip){
		.version = 6,
		.header = ENVELOPE_IPV6_HEADER,
		.length = ENVELOPE_IPV6_HEADER + (size_t)get_be16(packet + 4),
		.protocol = packet[6],
		.hop_limit = packet[7],
		.address_size = 16,
		.source = packet + 8,
		.destination = packet + 24,
	};
}

static inline int envelope_ip_parse_inline(struct envelope_ip *ip, const uint8_t *packet,
                                           size_t length, struct envelope_fault *fault)
{
	unsigned version = length ? packet[0] >> 4 : 0;
	size_t header = version == 6 ? ENVELOPE_IPV6_HEADER : 0;

	if (version == 4)
		header = (size_t)(packet[0] & 15) * 4;
	if (header >= ENVELOPE_IPV4_HEADER && header <= length) {
		if (version == 4)
			parse_ipv4(ip, packet, header);
		else
			parse_ipv6(ip, packet);
		return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
	}
	memset(ip, 0, sizeof(*ip));
	if (version != 4 && version != 6)
		return envelope_fault_set(fault, ENVELOPE_ENOTIP, 0, HEADER_FIELD);
	return envelope_fault_set(fault, ENVELOPE_EIP, header > length ? length : 0, HEADER_FIELD);
}

static inline bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == DESTINATION;
}

static inline int walk_extensions(struct envelope_transport *t, const uint8_t *packet,
                                  size_t length, struct envelope_fault *fault)
{
	for (unsigned i = 0; is_extension(t->protocol) && !t->fragmented; i++) {
		const uint8_t *extension = packet + t->offset;

		if (i == EXTENSIONS_MAX || length - t->offset < EXTENSION_UNIT)
			return envelope_fault_set(fault, ENVELOPE_EIP, t->offset, EXTENSION_FIELD);
		t->fragmented = t->protocol == FRAGMENT;
		t->routed |= t->protocol == ROUTING;
		t->offset += t->fragmented ? EXTENSION_UNIT : (extension[1] + 1u) * EXTENSION_UNIT;
		t->protocol = extension[0];
		if (t->offset > length)
			return envelope_fault_set(fault, ENVELOPE_EIP, length, EXTENSION_FIELD);
	}
	return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
}

static inline int envelope_ip_transport_inline(struct envelope_transport *t,
                                               const struct envelope_ip *ip, const uint8_t *packet,
                                               size_t length, struct envelope_fault *fault)
{
	*t = (struct envelope_transport){.offset = ip->header,
	                                 .protocol = ip->protocol,
	                                 .fragmented = ip->more_fragments || ip->fragment_offset};
	if (ip->version == 6)
		return walk_extensions(t, packet, length, fault);
	return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
}

#endif
