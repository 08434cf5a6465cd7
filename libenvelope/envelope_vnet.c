#include "envelope.h"
#include "envelope_bytes.h"
#include "envelope_ip.h"

enum {
	FLAGS_KNOWN = ENVELOPE_VNET_NEEDS_CSUM | ENVELOPE_VNET_DATA_VALID,
	BY_FRAGMENTS = 0xffff,
	UDP_SEGMENTS_MAX = 128 /* of Linux */
};

void envelope_vnet_read(struct envelope_vnet *h, const uint8_t octets[ENVELOPE_VNET_HEADER])
{
	h->flags = octets[0];
	h->gso_type = octets[1];
	h->hdr_len = get_le16(octets + 2);
	h->gso_size = get_le16(octets + 4);
	h->csum_start = get_le16(octets + 6);
	h->csum_offset = get_le16(octets + 8);
}

void envelope_vnet_write(uint8_t octets[ENVELOPE_VNET_HEADER], const struct envelope_vnet *h)
{
	octets[0] = h->flags;
	octets[1] = h->gso_type;
	put_le16(octets + 2, h->hdr_len);
	put_le16(octets + 4, h->gso_size);
	put_le16(octets + 6, h->csum_start);
	put_le16(octets + 8, h->csum_offset);
}

static bool checksum_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	size_t header = ip_header(packet, length);

	return header > 0 && h->csum_start >= header &&
	       (size_t)h->csum_start + h->csum_offset + 2 <= length;
}

static bool tcp_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	size_t header;

	if (h->csum_offset != TCP_CHECKSUM || length - h->csum_start < TCP_HEADER)
		return false;
	header = (size_t)(packet[h->csum_start + 12] >> 4) * 4;
	return header >= TCP_HEADER && header < length - h->csum_start;
}

static bool udp_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	size_t datagram = length - h->csum_start;

	return h->csum_offset == UDP_CHECKSUM && datagram > UDP_HEADER &&
	       get_be16(packet + h->csum_start + 4) == datagram &&
	       datagram - UDP_HEADER <= (size_t)h->gso_size * UDP_SEGMENTS_MAX;
}

static bool offload_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	unsigned type = h->gso_type & ~(unsigned)ENVELOPE_VNET_ECN;
	struct ip_packet ip;

	if (!ip_parse(&ip, packet, length) || !(h->flags & ENVELOPE_VNET_NEEDS_CSUM) ||
	    h->gso_size == 0 || h->gso_size == BY_FRAGMENTS)
		return false;
	if (ip.fragment || !ip.length_is_right || h->csum_start != ip.transport)
		return false;
	if (type == ENVELOPE_VNET_UDP_L4)
		return h->gso_type == type && ip.protocol == IP_UDP && udp_fits(h, packet, length);
	return type == (ip.version == 4 ? ENVELOPE_VNET_TCPV4 : ENVELOPE_VNET_TCPV6) &&
	       ip.protocol == IP_TCP && tcp_fits(h, packet, length);
}

int envelope_vnet_check(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	if (h->flags & ~FLAGS_KNOWN || h->hdr_len > length)
		return ENVELOPE_EVNET;
	if (h->flags & ENVELOPE_VNET_NEEDS_CSUM && !checksum_fits(h, packet, length))
		return ENVELOPE_EVNET;
	if (h->gso_type != ENVELOPE_VNET_NONE && !offload_fits(h, packet, length))
		return ENVELOPE_EVNET;
	return ENVELOPE_OK;
}
