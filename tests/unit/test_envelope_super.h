/* test_envelope_super.h - packets to make super-packets of, built from the RFCs, with a checksum of
 * their own. */
#ifndef TEST_ENVELOPE_SUPER_H
#define TEST_ENVELOPE_SUPER_H

#include "test_envelope.h"

#define S 1000000000ll

enum {
	FIN = 1,
	PSH = 8,
	ACK = 16,
	CWR = 128,
	TCP4 = ENVELOPE_VNET_TCPV4,
	TCP6 = ENVELOPE_VNET_TCPV6,
	USO = ENVELOPE_VNET_UDP_L4
};

/* --- packets to try with --- */

/* The Internet checksum, two octets at a time. */
static inline uint16_t plain_checksum(const uint8_t *octets, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static inline void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What a packet is made of; build() writes it whole with every checksum right. */
struct made {
	unsigned version;
	bool udp;
	size_t options; /* octets of TCP options, and of IPv4 options or an IPv6 hop-by-hop
	                 header */
	size_t ip_options;
	uint16_t id;
	uint32_t sequence;
	uint8_t flags;
	size_t payload_at, payload; /* of the endless payload pattern */
};

static inline size_t transport_of(const struct made *m)
{
	return (m->version == 4 ? 20 : 40) + m->ip_options;
}

static inline size_t header_of(const struct made *m)
{
	return transport_of(m) + (m->udp ? 8 : 20 + m->options);
}

static inline uint32_t pseudo_of(const struct made *m, const uint8_t *packet, size_t length)
{
	uint8_t pseudo[40] = {0};
	size_t addresses = m->version == 4 ? 8 : 32, n = addresses;

	memcpy(pseudo, packet + (m->version == 4 ? 12 : 8), addresses);
	pseudo[n + 1] = m->udp ? 17 : 6;
	put16(pseudo + n + 2, length - transport_of(m));
	return (uint16_t)~plain_checksum(pseudo, n + 4, 0);
}

static inline size_t build(uint8_t *out, const struct made *m)
{
	size_t transport = transport_of(m), header = header_of(m), length = header + m->payload,
	       check = transport + (m->udp ? 6 : 16);
	uint8_t protocol = m->udp ? 17 : 6;
	uint16_t sum;

	memset(out, 0, header);
	if (m->version == 4) {
		out[0] = (uint8_t)(0x45 + m->ip_options / 4);
		put16(out + 2, length);
		put16(out + 4, m->id);
		put16(out + 6, 0x4000);
		out[8] = 64;
		out[9] = protocol;
		memcpy(out + 12, "\x0a\x02\x00\x01\x0a\x02\x00\xff", 8);
		memset(out + 20, 1, m->ip_options);
		put16(out + 10, plain_checksum(out, transport, 0));
	} else {
		out[0] = 0x60;
		put16(out + 4, length - 40);
		out[6] = m->ip_options ? 0 : protocol;
		out[7] = 64;
		memcpy(out + 8,
		       "\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\xff\2",
		       32);
		if (m->ip_options) {
			out[40] = protocol;
			out[41] = (uint8_t)(m->ip_options / 8 - 1);
			out[42] = 1;
			out[43] = (uint8_t)(m->ip_options - 4);
		}
	}
	put16(out + transport, 5683);
	put16(out + transport + 2, 40000);
	if (m->udp) {
		put16(out + transport + 4, length - transport);
	} else {
		put16(out + transport + 4, m->sequence >> 16);
		put16(out + transport + 6, m->sequence & 0xffff);
		put16(out + transport + 8, 0x1234);
		out[transport + 12] = (uint8_t)((5 + m->options / 4) << 4);
		out[transport + 13] = m->flags;
		put16(out + transport + 14, 512);
		memset(out + transport + 20, 1, m->options);
	}
	for (size_t i = 0; i < m->payload; i++)
		out[header + i] = (uint8_t)((m->payload_at + i) * 2654435761u >> 13);
	sum = plain_checksum(out + transport, length - transport, pseudo_of(m, out, length));
	put16(out + check, m->udp && sum == 0 ? 0xffff : sum);
	return length;
}

/* As the kernel hands it over: the checksum is the pseudo-header's sum only. */
static inline size_t build_partial(uint8_t *out, const struct made *m)
{
	size_t length = build(out, m);

	put16(out + transport_of(m) + (m->udp ? 6 : 16), pseudo_of(m, out, length));
	return length;
}

static inline struct envelope_vnet vnet_of(const struct made *m, size_t gso_size)
{
	struct envelope_vnet h = {ENVELOPE_VNET_NEEDS_CSUM,  ENVELOPE_VNET_NONE,
	                          (uint16_t)header_of(m),    (uint16_t)gso_size,
	                          (uint16_t)transport_of(m), m->udp ? 6 : 16};

	if (gso_size)
		h.gso_type = m->udp ? USO : m->version == 4 ? TCP4 : TCP6;
	return h;
}

static const struct made shapes[] __attribute__((unused)) = {
	{4, false, 0, 0, 0xfffe, 0xfffffff0, ACK | PSH, 0, 3000},
	{4, false, 12, 8, 7, 1, ACK | FIN | PSH | CWR, 5, 4000},
	{6, false, 0, 0, 0, 0xfffffff0, ACK | PSH, 0, 3000},
	{6, false, 12, 8, 0, 1, ACK | FIN | PSH | CWR, 5, 4000},
	{4, true, 0, 0, 0xffff, 0, 0, 0, 3000},
	{6, true, 0, 0, 0, 0, 0, 0, 3000},
	{4, true, 0, 4, 1, 0, 0, 9, 64000},
	{6, false, 40, 16, 0, 99, ACK, 0, 65000},
};

static uint8_t packet_octets[ENVELOPE_PACKET_MAX] __attribute__((unused));

#endif
