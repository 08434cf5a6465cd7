#include "packet/link_layer.h"

#include <stddef.h>

#include "envelope_ip.h"

enum {
	DLT_RAW_LINUX = 12, /* old programs wrote it into files in the place of 101 */
	DLT_RAW_OPENBSD = 14,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
};
enum { LINK_NULL = 0, LINK_ETHERNET = 1, LINK_LOOP = 108, LINK_COOKED = 113, LINK_COOKED_2 = 276 };
enum { TYPE_SIZE = 2, ETHERNET_HEADER = 14, COOKED_HEADER = 16, COOKED_2_HEADER = 20 };
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };
enum { TYPE_VLAN = 0x8100, TYPE_PROVIDER_VLAN = 0x88a8, TYPE_OLD_PROVIDER_VLAN = 0x9100 };
enum { VLAN_TAG = 4, FAMILY_SIZE = 4 };

bool link_layer_is_raw_ip(uint16_t link_type)
{
	return link_type == ENVELOPE_LINK_RAW || link_type == DLT_RAW_LINUX ||
	       link_type == DLT_RAW_OPENBSD || link_type == LINK_IPV4 || link_type == LINK_IPV6;
}

bool link_layer_has_header(uint16_t link_type)
{
	return link_type == LINK_ETHERNET || link_type == LINK_COOKED ||
	       link_type == LINK_COOKED_2 || link_type == LINK_NULL || link_type == LINK_LOOP;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static bool is_vlan(unsigned type)
{
	return type == TYPE_VLAN || type == TYPE_PROVIDER_VLAN || type == TYPE_OLD_PROVIDER_VLAN;
}

/* Octets before the IP packet, where a type of Ethernet stands at type_at and the header is so
 * long; 0: it is no IP. Tags of VLANs stand behind the header, each with the type of what follows
 * at its end. */
static size_t header_by_type(const struct envelope_packet *p, size_t type_at, size_t header)
{
	while (header <= p->length) {
		unsigned type = get16(p->data + type_at);

		if (type == TYPE_IPV4 || type == TYPE_IPV6)
			return header;
		if (!is_vlan(type))
			return 0;
		header += VLAN_TAG;
		type_at = header - TYPE_SIZE;
	}
	return 0;
}

/* An address family in the octet order of the host that captured; each system numbers IPv6
 * differently: 10 Linux, 23 Windows, 24 NetBSD and OpenBSD, 28 FreeBSD, 30 Darwin. */
static size_t header_by_family(const struct envelope_packet *p)
{
	if (p->length < FAMILY_SIZE)
		return 0;
	unsigned high = get16(p->data), low = get16(p->data + 2);
	unsigned family = high ? (high & 0xff) << 8 | high >> 8 : low;

	if (high && low)
		return 0;
	return family == 2 || family == 10 || family == 23 || family == 24 || family == 28 ||
	                       family == 30
	               ? FAMILY_SIZE
	               : 0;
}

static size_t header_of(const struct envelope_packet *p)
{
	switch (p->link_type) {
	case LINK_ETHERNET:
		return header_by_type(p, ETHERNET_HEADER - TYPE_SIZE, ETHERNET_HEADER);
	case LINK_COOKED:
		return header_by_type(p, COOKED_HEADER - TYPE_SIZE, COOKED_HEADER);
	case LINK_COOKED_2:
		return header_by_type(p, 0, COOKED_2_HEADER);
	default:
		return header_by_family(p);
	}
}

static bool says_length(const struct envelope_ip *ip)
{
	return ip->version == 4 ? ip->length >= ip->header : ip->length > ip->header;
}

bool link_layer_strip(struct envelope_packet *p)
{
	size_t header = link_layer_has_header(p->link_type) ? header_of(p) : 0;
	struct envelope_ip ip;

	if (!header && !link_layer_is_raw_ip(p->link_type))
		return false;
	struct envelope_packet packet = {p->data + header, p->length - header, p->time_ns,
	                                 ENVELOPE_LINK_RAW};
	if (!packet.length || (packet.data[0] >> 4 != 4 && packet.data[0] >> 4 != 6))
		return false;
	if (header && envelope_ip_parse(&ip, packet.data, packet.length, NULL) == ENVELOPE_OK &&
	    says_length(&ip) && ip.length < packet.length)
		packet.length = ip.length;
	*p = packet;
	return true;
}
