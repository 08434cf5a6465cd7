#include <string.h>

#include "envelope.h"
#include "envelope_bytes.h"
#include "envelope_ip.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08, TCP_CWR = 0x80, LINK_RAW = 101 };

/* The sum of the pseudo-header without its length. Behind a routing header only the packet's own
 * partial checksum knows it. */
static uint64_t pseudo_sum(const struct ip_packet *ip, const struct envelope_vnet *h,
                           const struct envelope_packet *p)
{
	uint16_t partial, length = checksum_fold(checksum_number(p->length - ip->transport));

	if (!ip->routed)
		return checksum_pseudo(ip, p->data);
	memcpy(&partial, p->data + h->csum_start + h->csum_offset, sizeof(partial));
	return (uint64_t)partial + (uint16_t)~length;
}

int envelope_segment_begin(struct envelope_segmenter *s, const struct envelope_vnet *h,
                           const struct envelope_packet *p)
{
	struct ip_packet ip;

	*s = (struct envelope_segmenter){
		.packet = p->data, .length = p->length, .time_ns = p->time_ns, .done = true};
	if (p->length > ENVELOPE_PACKET_MAX || envelope_vnet_check(h, p->data, p->length) < 0)
		return ENVELOPE_EVNET;
	s->done = false;
	s->needs_checksum = h->flags & ENVELOPE_VNET_NEEDS_CSUM;
	s->transport = h->csum_start;
	s->checksum = (uint16_t)(h->csum_start + h->csum_offset);
	if (h->gso_type == ENVELOPE_VNET_NONE)
		return ENVELOPE_OK;
	ip_parse(&ip, p->data, p->length);
	s->segment = h->gso_size;
	s->protocol = ip.protocol;
	s->header = ip.transport + (ip.protocol == IP_TCP
	                                    ? (size_t)(p->data[ip.transport + 12] >> 4) * 4
	                                    : UDP_HEADER);
	s->payload = p->length - s->header;
	s->pseudo = checksum_fold(pseudo_sum(&ip, h, p));
	return ENVELOPE_OK;
}

static int whole_packet(struct envelope_segmenter *s, uint8_t *out, size_t size,
                        struct envelope_packet *segment)
{
	*segment = (struct envelope_packet){s->packet, s->length, s->time_ns, LINK_RAW};
	if (s->needs_checksum) {
		if (s->length > size)
			return ENVELOPE_ESPACE;
		memcpy(out, s->packet, s->length);
		checksum_store(out + s->checksum,
		               checksum_add(0, out + s->transport, s->length - s->transport),
		               s->checksum - s->transport == UDP_CHECKSUM);
		segment->data = out;
	}
	s->done = true;
	return 1;
}

static void finish_ip(uint8_t *out, size_t length, size_t index)
{
	if (out[0] >> 4 == 6) {
		put_be16(out + 4, (uint16_t)(length - IP6_HEADER));
		return;
	}
	put_be16(out + 2, (uint16_t)length);
	put_be16(out + 4, (uint16_t)(get_be16(out + 4) + index));
	put_be16(out + 10, 0);
	checksum_store(out + 10, checksum_add(0, out, (size_t)(out[0] & 15) * 4), false);
}

static void finish_tcp(const struct envelope_segmenter *s, uint8_t *tcp, size_t octets)
{
	put_be32(tcp + 4, get_be32(tcp + 4) + (uint32_t)s->at);
	if (s->at > 0)
		tcp[13] &= (uint8_t)~TCP_CWR;
	if (s->at + octets < s->payload)
		tcp[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
}

int envelope_segment_next(struct envelope_segmenter *s, uint8_t *out, size_t size,
                          struct envelope_packet *segment)
{
	size_t octets = s->payload - s->at, length, transport_length;

	if (s->done)
		return 0;
	if (s->segment == 0)
		return whole_packet(s, out, size, segment);
	if (octets > s->segment)
		octets = s->segment;
	length = s->header + octets;
	if (length > size)
		return ENVELOPE_ESPACE;
	memcpy(out, s->packet, s->header);
	memcpy(out + s->header, s->packet + s->header + s->at, octets);
	transport_length = length - s->transport;
	finish_ip(out, length, s->at / s->segment);
	if (s->protocol == IP_TCP)
		finish_tcp(s, out + s->transport, octets);
	else
		put_be16(out + s->transport + 4, (uint16_t)transport_length);
	memset(out + s->checksum, 0, 2);
	checksum_store(out + s->checksum,
	               checksum_add(s->pseudo + checksum_number(transport_length),
	                            out + s->transport, transport_length),
	               s->protocol == IP_UDP);
	*segment = (struct envelope_packet){out, length, s->time_ns, LINK_RAW};
	s->at += octets;
	s->done = s->at == s->payload;
	return 1;
}
