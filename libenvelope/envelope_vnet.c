#include "envelope.h"
#include "envelope_bytes.h"
#include "envelope_ip_inline.h"
#include "envelope_transport.h"

enum {
	FLAGS_KNOWN = ENVELOPE_VNET_NEEDS_CSUM | ENVELOPE_VNET_DATA_VALID,
	BY_FRAGMENTS = 0xffff,
	UDP_SEGMENTS_MAX = 128 /* of Linux */
};

void envelope_vnet_parse(struct envelope_vnet *h, const uint8_t octets[ENVELOPE_VNET_HEADER])
{
	h->flags = octets[0];
	h->gso_type = octets[1];
	h->hdr_len = get_le16(octets + 2);
	h->gso_size = get_le16(octets + 4);
	h->csum_start = get_le16(octets + 6);
	h->csum_offset = get_le16(octets + 8);
}

void envelope_vnet_build(uint8_t octets[ENVELOPE_VNET_HEADER], const struct envelope_vnet *h)
{
	octets[0] = h->flags;
	octets[1] = h->gso_type;
	put_le16(octets + 2, h->hdr_len);
	put_le16(octets + 4, h->gso_size);
	put_le16(octets + 6, h->csum_start);
	put_le16(octets + 8, h->csum_offset);
}

static bool tcp_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	size_t header;

	if (h->csum_offset != TCP_CHECKSUM || length - h->csum_start < TCP_HEADER)
		return false;
	header = tcp_header(packet + h->csum_start);
	return header >= TCP_HEADER && header < length - h->csum_start;
}

static bool udp_fits(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	size_t datagram = length - h->csum_start;

	return h->csum_offset == UDP_CHECKSUM && datagram > UDP_HEADER &&
	       get_be16(packet + h->csum_start + UDP_LENGTH) == datagram &&
	       datagram - UDP_HEADER <= (size_t)h->gso_size * UDP_SEGMENTS_MAX;
}

static bool offload_fits(const struct envelope_vnet *h, const struct envelope_ip *ip,
                         const uint8_t *packet, size_t length)
{
	unsigned type = h->gso_type & ~(unsigned)ENVELOPE_VNET_ECN;
	struct envelope_transport t;

	if (h->gso_size == 0 || h->gso_size == BY_FRAGMENTS || ip->length != length ||
	    envelope_ip_transport_inline(&t, ip, packet, length, NULL) < 0)
		return false;
	if (t.fragmented || h->csum_start != t.offset)
		return false;
	if (type == ENVELOPE_VNET_UDP_L4)
		return h->gso_type == type && t.protocol == PROTOCOL_UDP &&
		       udp_fits(h, packet, length);
	return type == (ip->version == 4 ? ENVELOPE_VNET_TCPV4 : ENVELOPE_VNET_TCPV6) &&
	       t.protocol == PROTOCOL_TCP && tcp_fits(h, packet, length);
}

int envelope_vnet_check_own(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	bool offload = h->gso_type != ENVELOPE_VNET_NONE;
	struct envelope_ip ip;

	if (h->flags & ~FLAGS_KNOWN || h->hdr_len > length)
		return ENVELOPE_EVNET;
	if (!(h->flags & ENVELOPE_VNET_NEEDS_CSUM))
		return offload ? ENVELOPE_EVNET : ENVELOPE_OK;
	if (envelope_ip_parse_inline(&ip, packet, length, NULL) < 0 || h->csum_start < ip.header ||
	    (size_t)h->csum_start + h->csum_offset + 2 > length)
		return ENVELOPE_EVNET;
	return !offload || offload_fits(h, &ip, packet, length) ? ENVELOPE_OK : ENVELOPE_EVNET;
}

int envelope_vnet_check(const struct envelope_vnet *h, const uint8_t *packet, size_t length)
{
	int error = envelope_vnet_check_own(h, packet, length);

	if (error < 0 || h->gso_type == ENVELOPE_VNET_NONE)
		return error;
	return h->gso_size >= ENVELOPE_SEGMENT_MIN &&
	                       envelope_vnet_headers(h, packet) <= ENVELOPE_SEGMENT_HEADERS_MAX
	               ? ENVELOPE_OK
	               : ENVELOPE_EVNET;
}

size_t envelope_vnet_headers(const struct envelope_vnet *h, const uint8_t *packet)
{
	if (h->gso_type == ENVELOPE_VNET_NONE)
		return 0;
	if (h->gso_type == ENVELOPE_VNET_UDP_L4)
		return (size_t)h->csum_start + UDP_HEADER;
	return h->csum_start + tcp_header(packet + h->csum_start);
}
