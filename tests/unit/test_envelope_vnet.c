/* libenvelope: virtio_net_hdr. What can be true of a packet, and what cannot. */
#include "test_envelope_super.h"

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
		cr_expect_eq(envelope_vnet_check_own(&h, packet_octets, length), 0);
		if (h.gso_size < ENVELOPE_SEGMENT_MIN)
			h.gso_size = ENVELOPE_SEGMENT_MIN;
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
		size_t length = build_partial(packet_octets, m);
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
	}
}

/* What is cut from a super-packet stays in proportion to it. */
Test(vnet, bounds)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct made *m = &shapes[i];
		size_t length = build_partial(packet_octets, m);
		struct envelope_packet p = {packet_octets, length, 0, 101};
		struct envelope_vnet h = vnet_of(m, ENVELOPE_SEGMENT_MIN - 1);
		struct envelope_segmenter s;

		for (; h.gso_size; h.gso_size /= 2) {
			refused("short segments", i, &h, packet_octets, length);
			cr_expect_eq(envelope_segmenter_init_own(&s, &h, &p),
			             envelope_vnet_check_own(&h, packet_octets, length));
			if (!m->udp)
				cr_expect_eq(envelope_vnet_check_own(&h, packet_octets, length), 0);
		}
	}
}

Test(vnet, bound_of_headers)
{
	for (size_t options = 192; options <= 208; options += 8) {
		struct made m = {6, false, 0, options, 0, 1, ACK, 0, 500};
		size_t length = build_partial(packet_octets, &m);
		struct envelope_vnet h = vnet_of(&m, 100);

		cr_expect_eq(envelope_vnet_check_own(&h, packet_octets, length), 0);
		cr_expect_eq(envelope_vnet_check(&h, packet_octets, length),
		             header_of(&m) > 256 ? ENVELOPE_EVNET : 0, "%zu", header_of(&m));
	}
}

/* The worst that a message of a given size can become. */
Test(vnet, output_is_bounded_by_the_packet)
{
	struct made m = {6, false, 40, 152, 0, 1, ACK, 0, 65000};
	size_t length = build_partial(packet_octets, &m), octets = 0, count = 0;
	struct envelope_vnet h = vnet_of(&m, ENVELOPE_SEGMENT_MIN);
	struct envelope_packet p = {packet_octets, length, 0, 101}, segment;
	struct envelope_segmenter s;
	static uint8_t out[ENVELOPE_PACKET_MAX];

	cr_assert_eq(header_of(&m), 252);
	cr_assert_eq(envelope_segmenter_init(&s, &h, &p), 0);
	for (; envelope_segmenter_next(&s, out, sizeof(out), &segment) == 1; count++)
		octets += segment.length;
	cr_expect_leq(count, 1366);
	cr_expect_lt(octets, 7 * length);
}

Test(vnet, impossible_packets)
{
	for (size_t i = 0; i < COUNT(shapes); i++) {
		const struct made *m = &shapes[i];
		struct made bare = *m;
		size_t length, transport = transport_of(m);
		struct envelope_vnet h = vnet_of(m, 1000);

		bare.payload = 0;
		refused("no payload", i, &h, packet_octets, build_partial(packet_octets, &bare));
		length = build_partial(packet_octets, m);
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
