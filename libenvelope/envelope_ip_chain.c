#include "envelope_ip_inline.h"

enum {
	PAD = 0, /* one octet, also IPv4's end of options */
	IPV4_NO_OPERATION = 1,
	IPV4_LOOSE_ROUTE = 131,
	IPV4_STRICT_ROUTE = 137,
	IPV6_HOME_ADDRESS = 0xc9, /* RFC 6275 6.3 */
};
#define OPTION_FIELD "IP options"

/* Octets of the option at options[at], 0: it runs out of them. */
static size_t option_length(const uint8_t *options, size_t at, size_t end, size_t before)
{
	size_t length;

	if (end - at < 2)
		return 0;
	length = options[at + 1] + before;
	return length >= 2 && length <= end - at ? length : 0;
}

static int walk_ipv4_options(struct envelope_chain *c, const uint8_t *packet, size_t header,
                             struct envelope_fault *fault)
{
	size_t at = ENVELOPE_IPV4_HEADER, length;

	for (; at < header && packet[at] != PAD; at += length) {
		length = packet[at] == IPV4_NO_OPERATION ? 1 : option_length(packet, at, header, 0);
		if (!length)
			return envelope_fault_set(fault, ENVELOPE_EIP, at, OPTION_FIELD);
		c->rerouted |= packet[at] == IPV4_LOOSE_ROUTE || packet[at] == IPV4_STRICT_ROUTE;
	}
	return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
}

/* Of one header of destination options, octets long. */
static bool options_are_whole(struct envelope_chain *c, const uint8_t *options, size_t octets)
{
	size_t length;

	for (size_t at = 2; at < octets; at += length) {
		length = options[at] == PAD ? 1 : option_length(options, at, octets, 2);
		if (!length)
			return false;
		c->rerouted |= options[at] == IPV6_HOME_ADDRESS;
	}
	return true;
}

/* Of the extension header at offset, which is whole; false: it is none that may stand there. */
static bool read_extension(struct envelope_chain *c, const uint8_t *packet, size_t octets)
{
	const uint8_t *extension = packet + c->offset;

	if (c->protocol == ROUTING)
		c->rerouted = true;
	if (c->protocol == DESTINATION)
		return options_are_whole(c, extension, octets);
	if (c->protocol != FRAGMENT)
		return true;
	if (c->fragmented)
		return false;
	c->fragmented = true;
	c->later = (get_be16(extension + 2) & 0xfff8) != 0;
	return true;
}

/* Hop-by-hop options stand first or are no header to anybody: RFC 8200 4.1. */
static bool goes_on(const struct envelope_chain *c, unsigned headers)
{
	return is_extension(c->protocol) && !c->later &&
	       (c->protocol != HOP_BY_HOP || headers == 0);
}

static int walk_ipv6(struct envelope_chain *c, const uint8_t *packet, size_t length,
                     struct envelope_fault *fault)
{
	for (unsigned i = 0; goes_on(c, i); i++) {
		const uint8_t *extension = packet + c->offset;
		size_t octets;

		if (i == EXTENSIONS_MAX || length - c->offset < EXTENSION_UNIT)
			return envelope_fault_set(fault, ENVELOPE_EIP, c->offset, EXTENSION_FIELD);
		octets = c->protocol == FRAGMENT ? EXTENSION_UNIT
		                                 : (extension[1] + 1u) * EXTENSION_UNIT;
		if (octets > length - c->offset)
			return envelope_fault_set(fault, ENVELOPE_EIP, length, EXTENSION_FIELD);
		if (!read_extension(c, packet, octets))
			return envelope_fault_set(fault, ENVELOPE_EIP, c->offset, EXTENSION_FIELD);
		c->offset += octets;
		c->protocol = extension[0];
	}
	return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
}

int envelope_ip_chain(struct envelope_chain *c, const struct envelope_ip *ip, const uint8_t *packet,
                      size_t length, struct envelope_fault *fault)
{
	*c = (struct envelope_chain){.offset = ip->header,
	                             .protocol = ip->protocol,
	                             .fragmented = ip->more_fragments || ip->fragment_offset,
	                             .later = ip->fragment_offset != 0};
	return ip->version == 6 ? walk_ipv6(c, packet, length, fault)
	                        : walk_ipv4_options(c, packet, ip->header, fault);
}
