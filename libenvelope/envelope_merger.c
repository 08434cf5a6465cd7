#include <string.h>

#include "envelope.h"
#include "envelope_bytes.h"
#include "envelope_checksum.h"
#include "envelope_ip_inline.h"
#include "envelope_transport.h"

struct segment {
	const uint8_t *packet, *tcp;
	size_t length, transport, header, payload; /* header: of IP and TCP */
	uint16_t pseudo;                           /* without its length */
};

/* 0xffff is a right sum, too, but not the one that a segmenter writes. */
static bool is_right(uint64_t sum, const uint8_t *checksum)
{
	return envelope_checksum_fold(sum) == 0xffff && (checksum[0] & checksum[1]) != 0xff;
}

static bool checksums_are_right(const struct segment *s)
{
	size_t octets = s->length - s->transport;

	if (s->packet[0] >> 4 == 4 &&
	    !is_right(envelope_checksum_add(0, s->packet, s->transport), s->packet + 10))
		return false;
	return is_right(
		envelope_checksum_add(s->pseudo + envelope_checksum_number((uint16_t)octets),
	                              s->tcp, octets),
		s->tcp + TCP_CHECKSUM);
}

static bool parse_segment(struct segment *s, const struct envelope_packet *p)
{
	struct envelope_ip ip;
	size_t header;

	if (envelope_ip_parse_inline(&ip, p->data, p->length, NULL) < 0 ||
	    ip.protocol != PROTOCOL_TCP || ip.more_fragments || ip.fragment_offset ||
	    ip.length != p->length || p->length - ip.header <= TCP_HEADER)
		return false;
	*s = (struct segment){p->data, p->data + ip.header, p->length, ip.header, 0, 0, 0};
	header = tcp_header(s->tcp);
	if (header < TCP_HEADER || header >= p->length - ip.header)
		return false;
	s->header = ip.header + header;
	s->payload = p->length - s->header;
	s->pseudo = envelope_checksum_fold(envelope_checksum_pseudo(&ip, PROTOCOL_TCP, 0));
	return (s->tcp[TCP_FLAGS] & ~TCP_PSH) == TCP_ACK;
}

static bool same(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
	return memcmp(a + from, b + from, to - from) == 0;
}

static bool same_ip(const uint8_t *a, const uint8_t *b, size_t header, unsigned index)
{
	if (a[0] >> 4 == 6)
		return same(a, b, 0, 4) && same(a, b, 6, header);
	return same(a, b, 0, 2) && same(a, b, 6, 10) && same(a, b, 12, header) &&
	       get_be16(b + 4) == (uint16_t)(get_be16(a + 4) + index);
}

static bool same_tcp(const uint8_t *a, const uint8_t *b, size_t header)
{
	return same(a, b, 0, TCP_SEQUENCE) && same(a, b, TCP_ACKNOWLEDGEMENT, TCP_FLAGS) &&
	       same(a, b, TCP_WINDOW, TCP_CHECKSUM) && same(a, b, TCP_URGENT, header);
}

static bool follows(const struct envelope_merger *m, const struct segment *s)
{
	const uint8_t *first = m->out + ENVELOPE_VNET_HEADER;

	return m->segment >= ENVELOPE_SEGMENT_MIN && m->header == s->header &&
	       m->transport == s->transport && s->payload <= m->segment &&
	       get_be32(s->tcp + TCP_SEQUENCE) == m->sequence &&
	       same_ip(first, s->packet, s->transport, m->count) &&
	       same_tcp(first + s->transport, s->tcp, s->header - s->transport);
}

static void begin(struct envelope_merger *m, const struct segment *s, int64_t time_ns)
{
	m->length = s->header;
	m->transport = s->transport;
	m->header = s->header;
	m->segment = s->payload;
	m->pseudo = s->pseudo;
	m->sequence = get_be32(s->tcp + TCP_SEQUENCE);
	m->time_ns = time_ns;
	memcpy(m->out + ENVELOPE_VNET_HEADER, s->packet, s->header);
}

static void append(struct envelope_merger *m, const struct segment *s)
{
	uint8_t *packet = m->out + ENVELOPE_VNET_HEADER;

	memcpy(packet + m->length, s->packet + s->header, s->payload);
	m->length += s->payload;
	m->sequence += (uint32_t)s->payload;
	m->count++;
	packet[m->transport + TCP_FLAGS] |= s->tcp[TCP_FLAGS];
	m->closed = s->payload < m->segment || s->tcp[TCP_FLAGS] & TCP_PSH;
}

void envelope_merger_init(struct envelope_merger *m, uint8_t *out, size_t size)
{
	*m = (struct envelope_merger){.out = out, .size = size};
}

bool envelope_merger_add(struct envelope_merger *m, const struct envelope_packet *p)
{
	size_t room = m->size - ENVELOPE_VNET_HEADER < ENVELOPE_PACKET_MAX
	                      ? m->size - ENVELOPE_VNET_HEADER
	                      : ENVELOPE_PACKET_MAX;
	struct segment s;

	if (m->closed || !parse_segment(&s, p))
		return false;
	if (m->count ? !follows(m, &s) || s.payload > room - m->length
	             : s.length > room || s.tcp[TCP_FLAGS] & TCP_PSH)
		return false;
	if (!checksums_are_right(&s))
		return false;
	if (m->count == 0)
		begin(m, &s, p->time_ns);
	append(m, &s);
	return true;
}

/* The sum of the pseudo-header, complete but for the transport's own octets, is what NEEDS_CSUM
 * asks for. */
static struct envelope_vnet finish(struct envelope_merger *m)
{
	uint8_t *packet = m->out + ENVELOPE_VNET_HEADER;
	bool is_ipv4 = packet[0] >> 4 == 4;
	uint16_t partial = envelope_checksum_fold(
		m->pseudo + envelope_checksum_number((uint16_t)(m->length - m->transport)));

	if (is_ipv4) {
		put_be16(packet + 2, (uint16_t)m->length);
		put_be16(packet + 10, 0);
		envelope_checksum_store(packet + 10, envelope_checksum_add(0, packet, m->transport),
		                        0);
	} else {
		put_be16(packet + 4, (uint16_t)(m->length - ENVELOPE_IPV6_HEADER));
	}
	memcpy(packet + m->transport + TCP_CHECKSUM, &partial, sizeof(partial));
	return (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, is_ipv4 ? ENVELOPE_VNET_TCPV4 : ENVELOPE_VNET_TCPV6,
		(uint16_t)m->header,      (uint16_t)m->segment,
		(uint16_t)m->transport,   TCP_CHECKSUM};
}

unsigned envelope_merger_finish(struct envelope_merger *m, struct envelope_gso_packet *p)
{
	unsigned count = m->count;

	if (count == 0)
		return 0;
	p->vnet = count > 1 ? finish(m) : (struct envelope_vnet){.flags = 0};
	envelope_vnet_build(m->out, &p->vnet);
	p->octets = m->out;
	p->octet_count = ENVELOPE_VNET_HEADER + m->length;
	p->packet = (struct envelope_packet){m->out + ENVELOPE_VNET_HEADER, m->length, m->time_ns,
	                                     ENVELOPE_LINK_RAW};
	m->count = 0;
	m->closed = false;
	return count;
}
