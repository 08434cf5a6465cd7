/* libenvelope: super-packets. Bodies byte by byte and at every truncation; impossible headers;
 * segments against packets built here from the RFCs, with a checksum of their own. */
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
static uint16_t plain_checksum(const uint8_t *octets, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++) {
		sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What a packet is made of; build() writes it whole with every checksum right. */
struct made {
	unsigned version;
	bool udp;
	size_t options; /* octets of TCP options, and of IPv4 options or an IPv6 hop-by-hop header
	                 */
	size_t ip_options;
	uint16_t id;
	uint32_t sequence;
	uint8_t flags;
	size_t payload_at, payload; /* of the endless payload pattern */
};

static size_t transport_of(const struct made *m)
{
	return (m->version == 4 ? 20 : 40) + m->ip_options;
}

static size_t header_of(const struct made *m)
{
	return transport_of(m) + (m->udp ? 8 : 20 + m->options);
}

static uint32_t pseudo_of(const struct made *m, const uint8_t *packet, size_t length)
{
	uint8_t pseudo[40] = {0};
	size_t addresses = m->version == 4 ? 8 : 32, n = addresses;

	memcpy(pseudo, packet + (m->version == 4 ? 12 : 8), addresses);
	pseudo[n + 1] = m->udp ? 17 : 6;
	put16(pseudo + n + 2, length - transport_of(m));
	return (uint16_t)~plain_checksum(pseudo, n + 4, 0);
}

static size_t build(uint8_t *out, const struct made *m)
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
static size_t build_partial(uint8_t *out, const struct made *m)
{
	size_t length = build(out, m);

	put16(out + transport_of(m) + (m->udp ? 6 : 16), pseudo_of(m, out, length));
	return length;
}

static struct envelope_vnet vnet_of(const struct made *m, size_t gso_size)
{
	struct envelope_vnet h = {ENVELOPE_VNET_NEEDS_CSUM,  ENVELOPE_VNET_NONE,
	                          (uint16_t)header_of(m),    (uint16_t)gso_size,
	                          (uint16_t)transport_of(m), m->udp ? 6 : 16};

	if (gso_size)
		h.gso_type = m->udp ? USO : m->version == 4 ? TCP4 : TCP6;
	return h;
}

/* --- headers --- */

Test(vnet, little_endian)
{
	static const uint8_t octets[ENVELOPE_VNET_HEADER] = {1, 0x84, 2, 3, 4, 5, 6, 7, 8, 9};
	struct envelope_vnet h;
	uint8_t back[ENVELOPE_VNET_HEADER];

	envelope_vnet_parse(&h, octets);
	cr_expect_eq(h.flags, 1);
	cr_expect_eq(h.gso_type, 0x84);
	cr_expect_eq(h.hdr_len, 0x0302);
	cr_expect_eq(h.gso_size, 0x0504);
	cr_expect_eq(h.csum_start, 0x0706);
	cr_expect_eq(h.csum_offset, 0x0908);
	envelope_vnet_build(back, &h);
	cr_expect_arr_eq(back, octets, sizeof(octets));
}

static const struct made shapes[] = {
	{4, false, 0, 0, 0xfffe, 0xfffffff0, ACK | PSH, 0, 3000},
	{4, false, 12, 8, 7, 1, ACK | FIN | PSH | CWR, 5, 4000},
	{6, false, 0, 0, 0, 0xfffffff0, ACK | PSH, 0, 3000},
	{6, false, 12, 8, 0, 1, ACK | FIN | PSH | CWR, 5, 4000},
	{4, true, 0, 0, 0xffff, 0, 0, 0, 3000},
	{6, true, 0, 0, 0, 0, 0, 0, 3000},
	{4, true, 0, 4, 1, 0, 0, 9, 64000},
	{6, false, 40, 16, 0, 99, ACK, 0, 65000},
};

static uint8_t packet_octets[ENVELOPE_PACKET_MAX];

/* Each shape passes as it is, and fails with any one thing about it wrong. */
Test(vnet, what_can_be_true)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct made *m = &shapes[i];
		size_t length = build_partial(packet_octets, m);
		struct envelope_vnet h = vnet_of(m, 1000), none = {0};

		cr_expect_eq(
			envelope_vnet_check(&h, guarded_copy(0, packet_octets, length), length), 0,
			"%zu", i);
		h.gso_size = (uint16_t)(m->udp ? (m->payload + 127) / 128 : 1);
		cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
		h.gso_size = 0xfffe; /* more than there is: one packet */
		cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
		h = vnet_of(m, 0);
		cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
		cr_expect_eq(envelope_vnet_check(&none, packet_octets, length), 0);
		none.flags = ENVELOPE_VNET_DATA_VALID;
		cr_expect_eq(envelope_vnet_check(&none, packet_octets, length), 0);
		if (!m->udp) {
			h = vnet_of(m, 1000);
			h.gso_type |= ENVELOPE_VNET_ECN;
			cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
		}
	}
}

static void refused(const char *what, size_t shape, const struct envelope_vnet *h,
                    const uint8_t *packet, size_t length)
{
	struct envelope_packet p = {packet, length, 0, 101};
	struct envelope_segmenter s;

	cr_expect_eq(envelope_vnet_check(h, guarded_copy(0, packet, length), length),
	             ENVELOPE_EVNET, "shape %zu: %s", shape, what);
	cr_expect_eq(envelope_segmenter_init(&s, h, &p), ENVELOPE_EVNET);
	cr_expect_eq(envelope_segmenter_next(&s, NULL, 0, &p), 0);
}

Test(vnet, impossible_headers)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct made *m = &shapes[i];
		size_t length = build_partial(packet_octets, m), transport = transport_of(m);
		struct envelope_vnet h;

#define REFUSED(change)                                                                            \
	h = vnet_of(m, 1000);                                                                      \
	change;                                                                                    \
	refused(#change, i, &h, packet_octets, length)
		if (m->udp) {
			REFUSED(h.gso_size = (uint16_t)((m->payload + 127) / 128 - 1));
		}
		REFUSED(h.gso_size = 0);
		REFUSED(h.gso_size = 0xffff);
		REFUSED(h.flags = 0);
		REFUSED(h.flags = ENVELOPE_VNET_DATA_VALID);
		REFUSED(h.flags |= 4);
		REFUSED(h.flags |= 0x80);
		REFUSED(h.gso_type = 2);
		REFUSED(h.gso_type = 3); /* UFO: asks for fragments */
		REFUSED(h.gso_type = 6);
		REFUSED(h.gso_type = ENVELOPE_VNET_ECN);
		REFUSED(h.gso_type = m->udp ? USO | ENVELOPE_VNET_ECN : USO);
		REFUSED(h.gso_type = m->version == 4 ? TCP6 : TCP4);
		REFUSED(h.csum_start = 0);
		REFUSED(h.csum_start--);
		REFUSED(h.csum_start++);
		REFUSED(h.csum_start = (uint16_t)length);
		REFUSED(h.csum_start = 0xffff);
		REFUSED(h.csum_offset = m->udp ? 16 : 6);
		REFUSED(h.csum_offset = 0xffff);
		REFUSED(h.hdr_len = (uint16_t)(length + 1));
#undef REFUSED
		h = vnet_of(m, 1000);
		{
			struct made bare = *m;

			bare.payload = 0;
			refused("no payload", i, &h, packet_octets,
			        build_partial(packet_octets, &bare));
			build_partial(packet_octets, m);
		}
		refused("an octet short of the IP length", i, &h, packet_octets, length - 1);
		for (size_t n = 0; n < header_of(m); n++)
			refused("cut in its headers", i, &h, packet_octets, n);
		packet_octets[0] = 0x56;
		refused("version 5", i, &h, packet_octets, length);
		build_partial(packet_octets, m);
		packet_octets[m->version == 4 || !m->ip_options ? (m->version == 4 ? 9 : 6) : 40] =
			1;
		refused("another protocol", i, &h, packet_octets, length);
		build_partial(packet_octets, m);
		packet_octets[transport + (m->udp ? 5 : 12)] = 0x40;
		refused(m->udp ? "a wrong UDP length" : "a TCP header of 16 octets", i, &h,
		        packet_octets, length);
		if (!m->udp) {
			struct made bare = *m;

			bare.payload = 40 - bare.options;
			build_partial(packet_octets, &bare);
			packet_octets[transport + 12] = 0xf0;
			refused("a TCP header up to the end", i, &h, packet_octets,
			        header_of(&bare) + bare.payload);
		}
		if (m->version == 4) {
			build_partial(packet_octets, m);
			packet_octets[6] = 0x20;
			refused("a fragment", i, &h, packet_octets, length);
			build_partial(packet_octets, m);
			packet_octets[0] = 0x44;
			refused("an IPv4 header of 16 octets", i, &h, packet_octets, length);
		}
	}
}

Test(vnet, checksum_places)
{
	size_t length = build_partial(packet_octets, &shapes[0]);
	struct envelope_vnet h = {ENVELOPE_VNET_NEEDS_CSUM, 0, 0, 0, 20, 0};

	h.csum_offset = (uint16_t)(length - 22);
	cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
	h.csum_offset++;
	refused("one octet beyond the end", 0, &h, packet_octets, length);
	h = (struct envelope_vnet){ENVELOPE_VNET_NEEDS_CSUM, 0, 0, 0, 19, 16};
	refused("inside the IPv4 header", 0, &h, packet_octets, length);
	h.csum_start = 24;
	cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
	packet_octets[0] = 0x44;
	refused("an IPv4 header of 16 octets", 0, &h, packet_octets, length);
	length = build_partial(packet_octets, &shapes[2]);
	h.csum_start = 39;
	refused("inside the IPv6 header", 2, &h, packet_octets, length);
	h.csum_start = 40;
	cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0);
}

/* Only offload looks behind the IP header: fragments and unknown extensions pass as they are. */
Test(vnet, plain_packets_need_no_transport)
{
	static const uint8_t fragment[48] = {0x60, 0, 0, 0, 0, 8, 44, 64, [40] = 43, 0, 5, 0xc8},
			     garbage[1] = {0xff};
	struct envelope_vnet none = {0};

	cr_expect_eq(envelope_vnet_check(&none, guarded_copy(0, fragment, sizeof(fragment)),
	                                 sizeof(fragment)),
	             0);
	cr_expect_eq(envelope_vnet_check(&none, guarded_copy(0, garbage, 1), 1), 0);
	none.hdr_len = 2;
	cr_expect_eq(envelope_vnet_check(&none, garbage, 1), ENVELOPE_EVNET);
}

Test(vnet, extension_headers)
{
	struct made m = {6, false, 0, 8, 0, 1, ACK, 0, 100};
	size_t length = build_partial(packet_octets, &m);
	struct envelope_vnet h = vnet_of(&m, 50);

	packet_octets[6] = 60;
	cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0, "destination options");
	packet_octets[6] = 43;
	cr_expect_eq(envelope_vnet_check(&h, packet_octets, length), 0, "routing");
	packet_octets[6] = 44;
	refused("fragment", 0, &h, packet_octets, length);
	packet_octets[6] = 0;
	packet_octets[41] = 255;
	refused("a header that runs past the packet", 0, &h, packet_octets, length);
	for (size_t n = 48; n < 56; n++) { /* ends in its second one */
		h = (struct envelope_vnet){ENVELOPE_VNET_NEEDS_CSUM, TCP6, 0, 50, 40, 0};
		memcpy(packet_octets + 40, "\0\0\1\4\0\0\0\0", 8);
		refused("cut in an extension", 0, &h, packet_octets, n);
	}
	m.ip_options = 72; /* nine of 8 octets each */
	length = build_partial(packet_octets, &m);
	h = vnet_of(&m, 50);
	for (size_t at = 40; at < 112; at += 8)
		memcpy(packet_octets + at, at < 104 ? "\0\0\1\4\0\0\0\0" : "\6\0\1\4\0\0\0\0", 8);
	refused("more than eight", 0, &h, packet_octets, length);
}

/* --- segments --- */

static void expect_segments(const struct made *m, size_t gso_size)
{
	static uint8_t want[ENVELOPE_PACKET_MAX];
	struct envelope_vnet h = vnet_of(m, gso_size);
	size_t length = build_partial(packet_octets, m), index = 0, octets;
	struct envelope_packet p = {guarded_copy(0, packet_octets, length), length, 5 * S, 101},
			       segment;
	struct envelope_segmenter s;

	cr_assert_eq(envelope_segmenter_init(&s, &h, &p), 0);
	for (size_t at = 0; at < m->payload; at += octets, index++) {
		struct made part = *m;
		bool last;

		octets = m->payload - at < gso_size ? m->payload - at : gso_size;
		last = at + octets == m->payload;
		part.payload_at += at;
		part.payload = octets;
		part.sequence += (uint32_t)at;
		part.id = (uint16_t)(m->id + index);
		part.flags &= (uint8_t)((last ? 0xff : ~(FIN | PSH)) & (at ? ~CWR : 0xff));
		length = build(want, &part);
		cr_assert_eq(
			envelope_segmenter_next(&s, guarded(1, length - 1), length - 1, &segment),
			ENVELOPE_ESPACE);
		cr_assert_eq(envelope_segmenter_next(&s, guarded(1, length), length, &segment), 1);
		cr_assert_eq(segment.length, length);
		cr_assert_eq(segment.data, guarded(1, length));
		cr_assert(memcmp(segment.data, want, length) == 0, "segment %zu of %zu octets",
		          index, gso_size);
		cr_assert(segment.time_ns == 5 * S && segment.link_type == 101);
	}
	cr_assert_eq(envelope_segmenter_next(&s, guarded(1, 0), 0, &segment), 0);
	cr_assert_eq(envelope_segmenter_next(&s, guarded(1, 0), 0, &segment), 0);
}

Test(segment, every_shape_at_many_sizes)
{
	static const size_t sizes[] = {1,    2,    7,    536,  999,  1000,  1001,
	                               1448, 2999, 3000, 3001, 4000, 32000, 65534};

	for (size_t i = 0; i < COUNT(shapes); i++)
		for (size_t j = shapes[i].payload > 5000 ? 3 : 0; j < COUNT(sizes); j++)
			if (!shapes[i].udp || shapes[i].payload <= 128 * sizes[j])
				expect_segments(&shapes[i], sizes[j]);
}

Test(segment, seeded_shapes)
{
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 2000; i++) {
		struct made m = {random_below(&state, 2) ? 4 : 6,
		                 random_below(&state, 2),
		                 4 * random_below(&state, 11),
		                 8 * random_below(&state, 3),
		                 (uint16_t)random_next(&state),
		                 (uint32_t)random_next(&state),
		                 (uint8_t)random_next(&state),
		                 random_below(&state, 65536),
		                 1 + random_below(&state, i % 50 ? 5000 : 60000)};

		expect_segments(&m, 1 + random_below(&state, m.payload < 300 ? 400 : 3000) +
		                            m.payload / (m.udp ? 128 : 500));
	}
}

Test(segment, checksum_alone)
{
	static uint8_t want[ENVELOPE_PACKET_MAX];

	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct envelope_vnet h = vnet_of(&shapes[i], 0);
		size_t length = build_partial(packet_octets, &shapes[i]);
		struct envelope_packet p = {guarded_copy(0, packet_octets, length), length, 0, 101},
				       segment;
		struct envelope_segmenter s;

		build(want, &shapes[i]);
		cr_assert_eq(envelope_segmenter_init(&s, &h, &p), 0);
		cr_assert_eq(
			envelope_segmenter_next(&s, guarded(1, length - 1), length - 1, &segment),
			ENVELOPE_ESPACE);
		cr_assert_eq(envelope_segmenter_next(&s, guarded(1, length), length, &segment), 1);
		cr_assert(segment.length == length && memcmp(segment.data, want, length) == 0,
		          "%zu", i);
		cr_assert_eq(envelope_segmenter_next(&s, NULL, 0, &segment), 0);
	}
}

/* A checksum of zero: TCP's stays, UDP's becomes 0xffff. The payload's last octets make the sum so.
 */
Test(segment, checksum_of_zero)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		for (int udp = 0; udp < 2; udp++) {
			struct made m = {version, udp, 0, 0, 0, 0, ACK, 0, 32};
			struct envelope_vnet h = vnet_of(&m, 0), super = vnet_of(&m, 100);
			size_t length = build(packet_octets, &m),
			       check = transport_of(&m) + (udp ? 6u : 16u);
			uint16_t sum =
				(uint16_t)(packet_octets[check] << 8 | packet_octets[check + 1]);
			uint32_t tail = (uint32_t)(packet_octets[length - 2] << 8 |
			                           packet_octets[length - 1]) +
			                sum;
			struct envelope_packet p = {packet_octets, length, 0, 101}, segment;
			struct envelope_segmenter s;
			uint8_t out[200];

			put16(packet_octets + length - 2, (tail & 0xffff) + (tail >> 16));
			put16(packet_octets + check, pseudo_of(&m, packet_octets, length));
			for (int whole = 0; whole < 2; whole++) {
				cr_assert_eq(envelope_segmenter_init(&s, whole ? &h : &super, &p),
				             0);
				cr_assert_eq(
					envelope_segmenter_next(&s, out, sizeof(out), &segment), 1);
				cr_expect_eq(out[check], udp ? 0xff : 0, "IPv%u udp %d", version,
				             udp);
				cr_expect_eq(out[check + 1], udp ? 0xff : 0);
			}
		}
	}
}

Test(segment, nothing_to_do_copies_nothing)
{
	struct envelope_vnet none = {0};
	struct envelope_packet p = {packet_octets, build(packet_octets, &shapes[0]), 3, 101},
			       segment;
	struct envelope_segmenter s;

	cr_assert_eq(envelope_segmenter_init(&s, &none, &p), 0);
	cr_assert_eq(envelope_segmenter_next(&s, NULL, 0, &segment), 1);
	cr_expect_eq(segment.data, p.data);
	cr_expect_eq(segment.length, p.length);
	cr_expect_eq(envelope_segmenter_next(&s, NULL, 0, &segment), 0);
}

/* Behind a routing header the destination is not the last one: the partial checksum is what knows.
 */
Test(segment, routing_header)
{
	struct made m = {6, false, 0, 24, 0, 1, ACK, 0, 3000};
	struct envelope_vnet h = vnet_of(&m, 1000);
	size_t length = build_partial(packet_octets, &m), part;
	struct envelope_packet p = {packet_octets, length, 0, 101}, segment;
	struct envelope_segmenter s;
	uint8_t out[2000], final[16];

	memset(final, 0x5a, sizeof(final));
	memcpy(packet_octets + 40, "\6\2\0\1\0\0\0\0", 8);
	memcpy(packet_octets + 48, final, sizeof(final));
	packet_octets[6] = 43;
	put16(packet_octets + 64 + 16,
	      (uint16_t)~plain_checksum(final, 16,
	                                (uint16_t)~plain_checksum(packet_octets + 8, 16,
	                                                          6 + (uint32_t)(length - 64))));
	cr_assert_eq(envelope_segmenter_init(&s, &h, &p), 0);
	for (part = 0; envelope_segmenter_next(&s, out, sizeof(out), &segment) == 1; part++) {
		uint32_t pseudo = (uint16_t)~plain_checksum(
			final, 16,
			(uint16_t)~plain_checksum(out + 8, 16,
		                                  6 + (uint32_t)(segment.length - 64)));

		cr_expect_eq(plain_checksum(out + 64, segment.length - 64, pseudo), 0,
		             "segment %zu", part);
		cr_expect_eq(get32(out + 64 + 4), 1 + 1000 * (uint32_t)part);
	}
	cr_expect_eq(part, 3);
}

/* --- merging --- */

/* The packet of index n of those that m is cut into; returns its length. */
static size_t build_part(uint8_t *out, const struct made *m, size_t gso_size, size_t n)
{
	struct made part = *m;
	size_t at = n * gso_size;
	bool last = at + gso_size >= m->payload;

	part.payload_at += at;
	part.payload = last ? m->payload - at : gso_size;
	part.sequence += (uint32_t)at;
	part.id = (uint16_t)(m->id + n);
	if (!last)
		part.flags &= (uint8_t)~PSH;
	return build(out, &part);
}

static bool offer(struct envelope_merger *m, const uint8_t *octets, size_t length)
{
	struct envelope_packet p = {guarded_copy(0, octets, length), length, 7 * S, 101};

	return envelope_merger_add(m, &p);
}

static void expect_merged(const struct made *m, size_t gso_size)
{
	static uint8_t part[ENVELOPE_PACKET_MAX];
	size_t parts = (m->payload + gso_size - 1) / gso_size, length = header_of(m) + m->payload,
	       last;
	struct envelope_vnet want = vnet_of(m, gso_size);
	struct envelope_gso_packet got;
	struct envelope_merger merger;

	envelope_merger_init(&merger, guarded(1, ENVELOPE_VNET_HEADER + length),
	                     ENVELOPE_VNET_HEADER + length);
	for (size_t n = 0; n < parts; n++) {
		size_t octets = build_part(part, m, gso_size, n);

		cr_assert(offer(&merger, part, octets), "packet %zu of %zu, IPv%u", n, parts,
		          m->version);
	}
	last = build_part(part, m, gso_size, parts - 1);
	cr_assert(!offer(&merger, part, last), "the last one again");
	cr_assert_eq(envelope_merger_finish(&merger, &got), parts);
	build_partial(packet_octets, m);
	cr_assert(got.packet.length == length &&
	                  memcmp(got.packet.data, packet_octets, length) == 0,
	          "%zu of %zu", length, gso_size);
	cr_assert(memcmp(&got.vnet, &want, sizeof(want)) == 0);
	cr_assert(got.octet_count == ENVELOPE_VNET_HEADER + length &&
	          got.octets == guarded(1, got.octet_count));
	cr_assert(got.packet.time_ns == 7 * S && got.packet.link_type == 101);
	cr_assert_eq(envelope_vnet_check(&got.vnet, got.packet.data, got.packet.length), 0);
	cr_assert_eq(envelope_merger_finish(&merger, &got), 0);
}

/* What expect_segments says that it is cut into. */
Test(merge, is_what_segmenting_undoes)
{
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 2000; i++) {
		struct made m = {random_below(&state, 2) ? 4 : 6,
		                 false,
		                 4 * random_below(&state, 11),
		                 0,
		                 (uint16_t)random_next(&state),
		                 (uint32_t)random_next(&state),
		                 (uint8_t)(ACK | (random_below(&state, 2) ? PSH : 0)),
		                 random_below(&state, 65536),
		                 2 + random_below(&state, i % 50 ? 5000 : 60000)};
		size_t least = 1 + m.payload / 500;

		if (m.version == 4)
			m.ip_options = 8 * random_below(&state, 3);
		expect_merged(&m, least + random_below(&state, m.payload - least));
	}
}

Test(merge, a_single_one_is_as_it_came)
{
	struct made m = {6, false, 12, 0, 0, 1, ACK, 0, 100};
	struct envelope_vnet none = {0};
	struct envelope_gso_packet got;
	struct envelope_merger merger;
	uint8_t out[300];

	envelope_merger_init(&merger, out, sizeof(out));
	cr_expect_eq(envelope_merger_finish(&merger, &got), 0);
	for (int again = 0; again < 2; again++) {
		size_t length = build(packet_octets, &m);

		cr_assert(offer(&merger, packet_octets, length));
		cr_assert_eq(envelope_merger_finish(&merger, &got), 1);
		cr_expect(got.packet.length == length &&
		          memcmp(got.packet.data, packet_octets, length) == 0);
		cr_expect(memcmp(&got.vnet, &none, sizeof(none)) == 0);
		cr_expect(memcmp(got.octets, "\0\0\0\0\0\0\0\0\0", ENVELOPE_VNET_HEADER) == 0);
	}
}

static void mend(uint8_t *packet, const struct made *m)
{
	size_t length = header_of(m) + m->payload, transport = transport_of(m);

	if (m->version == 4) {
		put16(packet + 10, 0);
		put16(packet + 10, plain_checksum(packet, transport, 0));
	}
	put16(packet + transport + 16, 0);
	put16(packet + transport + 16,
	      plain_checksum(packet + transport, length - transport, pseudo_of(m, packet, length)));
}

static void expect_apart(const char *what, const struct made *first, const uint8_t *second,
                         size_t length)
{
	static uint8_t packet[ENVELOPE_PACKET_MAX], out[ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX];
	struct envelope_gso_packet got;
	struct envelope_merger merger;

	envelope_merger_init(&merger, out, sizeof(out));
	cr_assert(offer(&merger, packet, build(packet, first)));
	cr_expect(!offer(&merger, second, length), "%s, IPv%u", what, first->version);
	cr_expect_eq(envelope_merger_finish(&merger, &got), 1);
}

Test(merge, what_does_not_follow_stays_apart)
{
	for (unsigned version = 4; version <= 6; version += 2) {
		struct made first = {version, false, 12, 0, 7, 1000, ACK, 0, 100},
			    next = {version, false, 12, 0, 8, 1100, ACK, 100, 100}, other;
		size_t transport = transport_of(&first), length;
		uint8_t packet[400];

#define APART(change)                                                                              \
	do {                                                                                       \
		other = next;                                                                      \
		change;                                                                            \
		length = build(packet, &other);                                                    \
		expect_apart(#change, &first, packet, length);                                     \
	} while (0)
		APART(other.sequence++);
		APART(other.sequence--);
		APART(other.payload++);
		APART(other.payload = 0);
		APART(other.options = 16);
		APART(other.flags = ACK | FIN);
		APART(other.flags = ACK | CWR);
		APART(other.flags = 0);
		APART(other.udp = true);
		APART(other.version = 10 - version);
		if (version == 4)
			APART(other.id = 7);
		if (version == 4)
			APART(other.ip_options = 8);
#undef APART
#define APART(at, value)                                                                           \
	do {                                                                                       \
		length = build(packet, &next);                                                     \
		packet[at] ^= value;                                                               \
		mend(packet, &next);                                                               \
		expect_apart(#at, &first, packet, length);                                         \
	} while (0)
		APART(1, 0x10);                 /* type of service, flow label */
		APART(version == 4 ? 8 : 7, 1); /* time to live, hop limit */
		APART(version == 4 ? 15 : 23, 1);
		APART(version == 4 ? 19 : 39, 1);
		APART(transport, 1);
		APART(transport + 3, 1);
		APART(transport + 8, 1);
		APART(transport + 12, 1);
		APART(transport + 15, 1);
		APART(transport + 19, 1);
		APART(transport + 31, 1);
		if (version == 4)
			APART(6, 0x60); /* a fragment */
		if (version == 4)
			APART(6, 0x40); /* may be fragmented, unlike the first */
#undef APART
		length = build(packet, &next);
		packet[transport + 16] ^= 1;
		expect_apart("a wrong TCP checksum", &first, packet, length);
		length = build(packet, &next);
		packet[length - 1] ^= 1;
		expect_apart("damaged data", &first, packet, length);
		length = build(packet, &next);
		packet[version == 4 ? 10 : 5] ^= 1;
		expect_apart("a wrong IPv4 checksum, or length", &first, packet, length);
		length = build(packet, &next);
		expect_apart("cut", &first, packet, length - 1);
	}
}

/* Only the last one may be shorter, or have PSH. */
Test(merge, what_nothing_can_follow)
{
	for (int pushed = 0; pushed < 2; pushed++) {
		struct made m = {6, false, 0, 0, 0, 1000, ACK, 0, 100};
		struct envelope_merger merger;
		struct envelope_gso_packet got;
		uint8_t out[1000];

		envelope_merger_init(&merger, out, sizeof(out));
		cr_assert(offer(&merger, packet_octets, build(packet_octets, &m)));
		m.sequence += 100;
		m.flags |= pushed ? PSH : 0;
		m.payload -= !pushed;
		cr_assert(offer(&merger, packet_octets, build(packet_octets, &m)));
		m.sequence += (uint32_t)m.payload;
		m.flags = ACK;
		m.payload = 10;
		cr_expect(!offer(&merger, packet_octets, build(packet_octets, &m)));
		cr_expect_eq(envelope_merger_finish(&merger, &got), 2);
		cr_expect(offer(&merger, packet_octets, build(packet_octets, &m)),
		          "it can be the first");
	}
}

/* The first of them, too, is as a segmenter makes it. */
Test(merge, what_cannot_begin)
{
	static const struct made cases[] = {
		{4, false, 0, 0, 0, 0, ACK | PSH, 0, 100},
		{6, false, 0, 0, 0, 0, ACK | CWR, 0, 100},
		{4, false, 0, 0, 0, 0, ACK, 0, 0},
		{6, false, 0, 8, 0, 0, ACK, 0, 100},
		{4, true, 0, 0, 0, 0, 0, 0, 100},
	};
	struct envelope_merger merger;
	struct envelope_gso_packet got;
	uint8_t out[300], packet[300];
	struct made m = cases[0];

	envelope_merger_init(&merger, out, sizeof(out));
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect(!offer(&merger, packet, build(packet, &cases[i])), "%zu", i);
	m.flags = ACK;
	build(packet, &m);
	packet[6] = 0x20;
	mend(packet, &m);
	cr_expect(!offer(&merger, packet, 140), "a fragment");
	for (size_t n = 0; n < 60; n++) {
		build(packet, &m);
		cr_expect(!offer(&merger, packet, n), "cut to %zu", n);
	}
	packet[32] = 0xf0;
	mend(packet, &m);
	cr_expect(offer(&merger, packet, 140), "60 octets of TCP header");
	cr_assert_eq(envelope_merger_finish(&merger, &got), 1);
	m.payload = 40;
	build(packet, &m);
	packet[32] = 0xf0;
	mend(packet, &m);
	cr_expect(!offer(&merger, packet, 80), "no data behind them");
	m.payload = 281;
	cr_expect(!offer(&merger, packet_octets, build(packet_octets, &m)), "does not fit");
	cr_expect_eq(envelope_merger_finish(&merger, &got), 0);
}

/* A sum of 0xffff is as right as one of 0, but no segmenter writes it. */
Test(merge, the_other_zero)
{
	struct made m = {4, false, 0, 0, 0, 0, ACK, 0, 32};
	size_t length = build(packet_octets, &m), check = 20 + 16;
	uint16_t sum = (uint16_t)(packet_octets[check] << 8 | packet_octets[check + 1]);
	uint32_t tail =
		(uint32_t)(packet_octets[length - 2] << 8 | packet_octets[length - 1]) + sum;
	struct envelope_merger merger;
	struct envelope_gso_packet got;
	uint8_t out[200];

	put16(packet_octets + length - 2, (tail & 0xffff) + (tail >> 16));
	envelope_merger_init(&merger, out, sizeof(out));
	put16(packet_octets + check, 0);
	cr_expect(offer(&merger, packet_octets, length));
	cr_assert_eq(envelope_merger_finish(&merger, &got), 1);
	put16(packet_octets + check, 0xffff);
	cr_expect(!offer(&merger, packet_octets, length));
}

Test(merge, up_to_the_largest_packet)
{
	struct made m = {6, false, 0, 0, 0, 0, ACK, 0, 1000};
	static uint8_t out[ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX + 5000];
	struct envelope_merger merger;
	struct envelope_gso_packet got;
	unsigned count = 0;

	envelope_merger_init(&merger, out, sizeof(out));
	while (offer(&merger, packet_octets, build(packet_octets, &m))) {
		m.sequence += 1000;
		count++;
	}
	cr_expect_eq(count, 65, "60 octets of headers, 65 000 of data");
	cr_assert_eq(envelope_merger_finish(&merger, &got), 65);
	cr_expect_eq(got.packet.length, 65060);
}

/* --- bodies --- */

/* Two packets: 7 ns, no offload, 3 octets; -1 ns, a UDP packet over IPv4 that lacks its checksum.
 */
static const uint8_t golden[] = {
	'f', 'G', 'S', 'O',  1,    0,    0,    0,    3,    0,    0,    0, 7,  0,    0,    0,    0,
	0,   0,   0,   0,    0,    0,    0,    0,    0,    0,    0,    0, 0,  0x60, 1,    2,    29,
	0,   0,   0,   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0,  28,   0,    0,    0,
	20,  0,   6,   0,    0x45, 0,    0,    29,   0,    1,    0,    0, 64, 17,   0x66, 0xcb, 10,
	0,   0,   1,   10,   0,    0,    2,    0,    1,    0,    2,    0, 9,  0x14, 0x1d, 0x61,
};
enum { SECOND = ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER + 3 };
static const struct envelope_vnet golden_vnet = {1, 0, 28, 0, 20, 6};
static const struct envelope_packet golden_packets[] = {
	{golden + SECOND - 3, 3, 7, 101},
	{golden + SECOND + 22, 29, -1, 101},
};

Test(body, golden_is_written)
{
	struct envelope_vnet none = {0};
	struct envelope_gso_writer w;

	for (size_t size = 0; size <= sizeof(golden); size++) {
		uint8_t *out = guarded(0, size);
		size_t want = size < SECOND           ? ENVELOPE_GSO_HEADER
		              : size < sizeof(golden) ? SECOND
		                                      : sizeof(golden);

		cr_assert_eq(envelope_gso_writer_init(&w, out, size),
		             size < ENVELOPE_GSO_HEADER ? ENVELOPE_ESPACE : 0);
		if (size < ENVELOPE_GSO_HEADER)
			continue;
		cr_expect_eq(envelope_gso_write(&w, &none, &golden_packets[0]),
		             size < SECOND ? ENVELOPE_ESPACE : 0);
		if (size >= SECOND)
			cr_expect_eq(envelope_gso_write(&w, &golden_vnet, &golden_packets[1]),
			             size < sizeof(golden) ? ENVELOPE_ESPACE : 0);
		cr_assert_eq(w.length, want, "%zu", size);
		cr_assert_arr_eq(out, golden, want);
	}
	cr_expect_eq(w.records, 2);
}

Test(body, golden_is_written_in_place)
{
	struct envelope_gso_writer w;
	size_t room;
	uint8_t *out = guarded(0, sizeof(golden)), *octets;

	cr_assert_eq(envelope_gso_writer_init(&w, out, sizeof(golden)), 0);
	octets = envelope_gso_reserve(&w, &room);
	cr_assert_eq(room, sizeof(golden) - ENVELOPE_GSO_HEADER - ENVELOPE_GSO_RECORD);
	memcpy(octets, golden + SECOND - 13, 13);
	cr_assert_eq(envelope_gso_commit(&w, 13, 7), 0);
	octets = envelope_gso_reserve(&w, &room);
	cr_assert_eq(room, ENVELOPE_VNET_HEADER + 29);
	memcpy(octets, golden + SECOND + 12, room);
	octets[0] = 4;
	cr_assert_eq(envelope_gso_commit(&w, room, -1), ENVELOPE_EVNET);
	cr_assert_eq(w.length, SECOND);
	octets[0] = 1;
	cr_assert_eq(envelope_gso_commit(&w, room + 1, -1), ENVELOPE_ESPACE);
	cr_assert_eq(envelope_gso_commit(&w, ENVELOPE_VNET_HEADER, -1), ENVELOPE_ENODATA);
	cr_assert_eq(envelope_gso_commit(&w, 0, -1), ENVELOPE_ENODATA);
	cr_assert_eq(envelope_gso_commit(&w, room, -1), 0);
	cr_assert_eq(w.length, sizeof(golden));
	cr_expect_arr_eq(out, golden, sizeof(golden));
	cr_expect_null(envelope_gso_reserve(&w, &room));
	cr_expect_eq(room, 0);
}

Test(body, rooms)
{
	static uint8_t out[100 + ENVELOPE_PACKET_MAX];
	struct envelope_gso_writer w;
	size_t room, least = ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD + ENVELOPE_VNET_HEADER;

	envelope_gso_writer_init(&w, out, sizeof(out));
	envelope_gso_reserve(&w, &room);
	cr_expect_eq(room, ENVELOPE_VNET_HEADER + ENVELOPE_PACKET_MAX);
	cr_expect_eq(envelope_gso_commit(&w, room + 1, 0), ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_commit(&w, room, 0), 0);
	envelope_gso_writer_init(&w, out, least);
	cr_expect_null(envelope_gso_reserve(&w, &room));
	envelope_gso_writer_init(&w, out, least + 1);
	cr_expect_not_null(envelope_gso_reserve(&w, &room));
	cr_expect_eq(room, ENVELOPE_VNET_HEADER + 1);
}

Test(body, not_added)
{
	static uint8_t out[1024];
	struct envelope_vnet none = {0}, odd = {8, 0, 0, 0, 0, 0};
	struct envelope_packet p = {out, 0, 0, 101};
	struct envelope_gso_writer w;

	envelope_gso_writer_init(&w, out, sizeof(out));
	cr_expect_eq(envelope_gso_write(&w, &none, &p), ENVELOPE_ENODATA);
	p.length = ENVELOPE_PACKET_MAX + 1;
	cr_expect_eq(envelope_gso_write(&w, &none, &p), ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_write(&w, &odd, &golden_packets[0]), ENVELOPE_EVNET);
	cr_expect_eq(w.length, ENVELOPE_GSO_HEADER);
}

static void expect_record(const struct envelope_gso_packet *got, size_t index)
{
	const struct envelope_packet *want = &golden_packets[index];

	cr_assert_eq(got->packet.length, want->length);
	cr_expect_arr_eq(got->packet.data, want->data, want->length);
	cr_expect_eq(got->packet.time_ns, want->time_ns);
	cr_expect_eq(got->packet.link_type, 101);
	cr_expect_eq(got->octets + ENVELOPE_VNET_HEADER, got->packet.data);
	cr_expect_eq(got->octet_count, ENVELOPE_VNET_HEADER + want->length);
	cr_expect_eq(got->vnet.flags, index ? 1 : 0);
	cr_expect_eq(got->vnet.csum_start, index ? 20 : 0);
}

Test(body, golden_is_read_and_every_truncation)
{
	for (size_t n = 0; n <= sizeof(golden); n++) {
		struct envelope_gso_reader r;
		struct envelope_gso_packet p;
		bool whole = n == ENVELOPE_GSO_HEADER || n == SECOND || n == sizeof(golden);

		if (n < ENVELOPE_GSO_HEADER) {
			cr_assert_eq(envelope_gso_reader_init(&r, guarded_copy(0, golden, n), n),
			             ENVELOPE_EGSO);
			continue;
		}
		cr_assert_eq(envelope_gso_reader_init(&r, guarded_copy(0, golden, n), n), 0);
		for (size_t i = 0; n >= (i ? sizeof(golden) : (size_t)SECOND) && i < 2; i++) {
			cr_assert_eq(envelope_gso_read(&r, &p), 1);
			expect_record(&p, i);
		}
		for (int again = 0; again < 2; again++)
			cr_expect_eq(envelope_gso_read(&r, &p), whole ? 0 : ENVELOPE_EGSO, "%zu",
			             n);
	}
}

Test(body, not_gso)
{
	uint8_t body[sizeof(golden)];
	struct envelope_gso_reader r;

	for (size_t i = 0; i < ENVELOPE_GSO_HEADER; i++) {
		memcpy(body, golden, sizeof(body));
		body[i] ^= 0xff;
		cr_expect_eq(envelope_gso_reader_init(&r, body, sizeof(body)),
		             i < 4    ? ENVELOPE_EGSO
		             : i == 4 ? ENVELOPE_EVERSION
		                      : 0);
	}
}

Test(body, damaged_lengths)
{
	static const uint32_t lengths[] = {0,          65536,
	                                   0x7fffffff, 0x80000000,
	                                   0xffffffff, sizeof(golden) - ENVELOPE_GSO_HEADER - 21};
	uint8_t body[sizeof(golden)];

	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct envelope_gso_reader r;
		struct envelope_gso_packet p;

		memcpy(body, golden, sizeof(body));
		for (int octet = 0; octet < 4; octet++)
			body[ENVELOPE_GSO_HEADER + octet] = (uint8_t)(lengths[i] >> 8 * octet);
		cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
		cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EGSO, "%u", lengths[i]);
		cr_expect_eq(r.offset, ENVELOPE_GSO_HEADER);
	}
}

Test(body, packet_of_65536)
{
	static uint8_t body[SECOND + 65536] = {'f', 'G', 'S', 'O', 1, 0, 0, 0, 0, 0, 1};
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;

	cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
	cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EGSO);
}

Test(body, behind_an_impossible_header)
{
	uint8_t body[sizeof(golden)];
	struct envelope_gso_reader r;
	struct envelope_gso_packet p;

	memcpy(body, golden, sizeof(body));
	body[ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD] = 0x40;
	cr_assert_eq(envelope_gso_reader_init(&r, body, sizeof(body)), 0);
	cr_expect_eq(envelope_gso_read(&r, &p), ENVELOPE_EVNET);
	cr_assert_eq(envelope_gso_read(&r, &p), 1);
	expect_record(&p, 1);
	cr_expect_eq(envelope_gso_read(&r, &p), 0);
}

Test(body, packets_of_65535_and_65536_of_them)
{
	static uint8_t body[ENVELOPE_GSO_HEADER + (ENVELOPE_RECORDS_MAX + 1) * 23];
	struct envelope_vnet none = {0};
	struct envelope_packet p = {packet_octets, ENVELOPE_PACKET_MAX, 0, 101};
	struct envelope_gso_packet q;
	struct envelope_gso_writer w;
	struct envelope_gso_reader r;
	unsigned packets = 0;
	int outcome;

	envelope_gso_writer_init(&w, body, sizeof(body));
	cr_assert_eq(envelope_gso_write(&w, &none, &p), 0);
	cr_assert_eq(envelope_gso_reader_init(&r, body, w.length), 0);
	cr_expect_eq(envelope_gso_read(&r, &q), 1);
	cr_expect_eq(q.packet.length, ENVELOPE_PACKET_MAX);
	envelope_gso_writer_init(&w, body, sizeof(body));
	p.length = 1;
	while (envelope_gso_write(&w, &none, &p) == 0)
		;
	cr_assert_eq(w.records, ENVELOPE_RECORDS_MAX);
	cr_expect_eq(envelope_gso_commit(&w, 11, 0), ENVELOPE_ESPACE);
	memcpy(body + w.length, body + w.length - 23, 23);
	envelope_gso_reader_init(&r, body, w.length + 23);
	while ((outcome = envelope_gso_read(&r, &q)) > 0)
		packets++;
	cr_expect_eq(packets, ENVELOPE_RECORDS_MAX);
	cr_expect_eq(outcome, ENVELOPE_ETOOLONG);
	cr_expect_eq(envelope_gso_read(&r, &q), 0);
}

/* Whatever passes the check is segmented without a fault, and its octets add up. */
Test(property, any_header_is_safe)
{
	uint64_t state = test_seed();
	unsigned passed = 0;

	for (unsigned i = 0; i < 300000; i++) {
		const struct made *m = &shapes[random_below(&state, 6)];
		struct made small = *m;
		struct envelope_vnet h = vnet_of(m, 1 + random_below(&state, 300));
		uint8_t octets[ENVELOPE_VNET_HEADER], *packet;
		struct envelope_packet p, segment;
		struct envelope_segmenter s;
		size_t payload = 0, length;

		small.payload = 1 + random_below(&state, 600);
		length = build_partial(packet_octets, &small);
		envelope_vnet_build(octets, &h);
		for (unsigned flips = (unsigned)random_below(&state, 3); flips > 0; flips--) {
			octets[random_below(&state, sizeof(octets))] = (uint8_t)random_next(&state);
			packet_octets[random_below(&state, length < 80 ? length : 80)] =
				(uint8_t)random_next(&state);
		}
		envelope_vnet_parse(&h, octets);
		packet = guarded_copy(0, packet_octets, length);
		p = (struct envelope_packet){packet, length, 0, 101};
		if (envelope_segmenter_init(&s, &h, &p) < 0)
			continue;
		passed++;
		while (envelope_segmenter_next(&s, guarded(1, length), length, &segment) == 1)
			payload += segment.length - s.header;
		cr_assert(payload == length - s.header);
	}
	cr_expect_gt(passed, 50000);
}
