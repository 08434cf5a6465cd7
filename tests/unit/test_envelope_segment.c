/* libenvelope: super-packets cut into segments, against packets built here from the RFCs. */
#include "test_envelope_super.h"

static void expect_segments(const struct made *m, size_t gso_size)
{
	static uint8_t want[ENVELOPE_PACKET_MAX];
	struct envelope_vnet h = vnet_of(m, gso_size);
	size_t length = build_partial(packet_octets, m), index = 0, octets;
	struct envelope_packet p = {guarded_copy(0, packet_octets, length), length, 5 * S, 101},
			       segment;
	struct envelope_segmenter s;

	cr_assert_eq(envelope_segmenter_init_own(&s, &h, &p), 0);
	cr_assert_eq(envelope_segmenter_init(&s, &h, &p),
	             gso_size < ENVELOPE_SEGMENT_MIN ? ENVELOPE_EVNET : 0);
	envelope_segmenter_init_own(&s, &h, &p);
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

/* A checksum of zero: TCP's stays, UDP's becomes 0xffff. The payload's last octets make the sum
 * so. */
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

/* Behind a routing header the destination is not the last one: the partial checksum is what
 * knows. */
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
