#include <string.h>

#include "envelope.h"
#include "envelope_bytes.h"
#include "envelope_checksum.h"
#include "envelope_transport.h"

/* The sum of the pseudo-header without its length. Behind a routing header only the packet's own
 * partial checksum knows it. */
static uint64_t pseudo_sum(const struct envelope_vnet *h, const struct envelope_packet *p)
{
	struct envelope_transport t;
	struct envelope_ip ip;
	uint16_t partial, length;

	envelope_ip_parse(&ip, p->data, p->length, NULL);
	envelope_ip_transport(&t, &ip, p->data, p->length, NULL);
	if (!t.routed)
		return envelope_checksum_pseudo(&ip, t.protocol, 0);
	length = (uint16_t)envelope_checksum_number((uint16_t)(p->length - t.offset));
	memcpy(&partial, p->data + h->csum_start + h->csum_offset, sizeof(partial));
	return (uint64_t)partial + (uint16_t)~length;
}

int envelope_segmenter_init(struct envelope_segmenter *s, const struct envelope_vnet *h,
                            const struct envelope_packet *p)
{
	if (envelope_vnet_check(h, p->data, p->length) == ENVELOPE_OK)
		return envelope_segmenter_init_own(s, h, p);
	*s = (struct envelope_segmenter){.done = true};
	return ENVELOPE_EVNET;
}

int envelope_segmenter_init_own(struct envelope_segmenter *s, const struct envelope_vnet *h,
                                const struct envelope_packet *p)
{
	*s = (struct envelope_segmenter){
		.packet = p->data, .length = p->length, .time_ns = p->time_ns, .done = true};
	if (p->length > ENVELOPE_PACKET_MAX || envelope_vnet_check_own(h, p->data, p->length) < 0)
		return ENVELOPE_EVNET;
	s->done = false;
	s->needs_checksum = h->flags & ENVELOPE_VNET_NEEDS_CSUM;
	s->transport = h->csum_start;
	s->checksum = (uint16_t)(h->csum_start + h->csum_offset);
	if (h->gso_type == ENVELOPE_VNET_NONE)
		return ENVELOPE_OK;
	s->segment = h->gso_size;
	s->protocol = h->gso_type == ENVELOPE_VNET_UDP_L4 ? PROTOCOL_UDP : PROTOCOL_TCP;
	s->header = envelope_vnet_headers(h, p->data);
	s->payload = p->length - s->header;
	s->pseudo = envelope_checksum_fold(pseudo_sum(h, p));
	return ENVELOPE_OK;
}

static int whole_packet(struct envelope_segmenter *s, uint8_t *out, size_t size,
                        struct envelope_packet *segment)
{
	*segment = (struct envelope_packet){s->packet, s->length, s->time_ns, ENVELOPE_LINK_RAW};
	if (s->needs_checksum) {
		if (s->length > size)
			return ENVELOPE_ESPACE;
		memcpy(out, s->packet, s->length);
		envelope_checksum_store(
			out + s->checksum,
			envelope_checksum_add(0, out + s->transport, s->length - s->transport),
			s->checksum - s->transport == UDP_CHECKSUM ? PROTOCOL_UDP : PROTOCOL_TCP);
		segment->data = out;
	}
	s->done = true;
	return 1;
}

static void finish_ip(uint8_t *out, size_t header, size_t length, size_t index)
{
	if (out[0] >> 4 == 6) {
		put_be16(out + 4, (uint16_t)(length - ENVELOPE_IPV6_HEADER));
		return;
	}
	put_be16(out + 2, (uint16_t)length);
	put_be16(out + 4, (uint16_t)(get_be16(out + 4) + index));
	put_be16(out + 10, 0);
	envelope_checksum_store(out + 10, envelope_checksum_add(0, out, header), 0);
}

static void finish_tcp(const struct envelope_segmenter *s, uint8_t *tcp, size_t octets)
{
	put_be32(tcp + TCP_SEQUENCE, get_be32(tcp + TCP_SEQUENCE) + (uint32_t)s->at);
	if (s->at > 0)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
	if (s->at + octets < s->payload)
		tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
}

int envelope_segmenter_next(struct envelope_segmenter *s, uint8_t *out, size_t size,
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
	finish_ip(out, s->transport, length, s->at / s->segment);
	if (s->protocol == PROTOCOL_TCP)
		finish_tcp(s, out + s->transport, octets);
	else
		put_be16(out + s->transport + UDP_LENGTH, (uint16_t)transport_length);
	memset(out + s->checksum, 0, 2);
	envelope_checksum_store(
		out + s->checksum,
		envelope_checksum_add(s->pseudo +
	                                      envelope_checksum_number((uint16_t)transport_length),
	                              out + s->transport, transport_length),
		s->protocol);
	*segment = (struct envelope_packet){out, length, s->time_ns, ENVELOPE_LINK_RAW};
	s->at += octets;
	s->done = s->at == s->payload;
	return 1;
}
