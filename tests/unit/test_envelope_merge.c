/* libenvelope: packets merged into super-packets, which are cut into the same ones again. */
#include "test_envelope_super.h"

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
		                 ENVELOPE_SEGMENT_MIN + 22 +
		                         random_below(&state, i % 50 ? 5000 : 60000)};
		size_t least = ENVELOPE_SEGMENT_MIN + m.payload / 500;

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

static const struct made firsts[] = {
	{4, false, 12, 0, 7, 1000, ACK, 0, 100},
	{6, false, 12, 0, 7, 1000, ACK, 0, 100},
};

static struct made next_of(const struct made *first)
{
	struct made next = *first;

	next.id++;
	next.sequence += 100;
	next.payload_at = 100;
	return next;
}

Test(merge, what_does_not_follow_stays_apart)
{
	for (size_t i = 0; i < COUNT(firsts); i++) {
		struct made first = firsts[i], next = next_of(&first), other;
		unsigned version = first.version;
		size_t length;
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
	}
}

Test(merge, octets_that_differ_stay_apart)
{
	for (size_t i = 0; i < COUNT(firsts); i++) {
		struct made first = firsts[i], next = next_of(&first);
		unsigned version = first.version;
		size_t transport = transport_of(&first), length;
		uint8_t packet[400];

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
	}
}

Test(merge, what_is_damaged_stays_apart)
{
	for (size_t i = 0; i < COUNT(firsts); i++) {
		struct made first = firsts[i], next = next_of(&first);
		unsigned version = first.version;
		size_t transport = transport_of(&first), length;
		uint8_t packet[400];

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

Test(merge, no_segments_shorter_than_the_least)
{
	for (size_t payload = 46; payload <= 50; payload++) {
		struct made m = {6, false, 0, 0, 0, 1000, ACK, 0, payload};
		struct envelope_merger merger;
		struct envelope_gso_packet got;
		uint8_t out[1000];

		envelope_merger_init(&merger, out, sizeof(out));
		cr_assert(offer(&merger, packet_octets, build(packet_octets, &m)));
		m.sequence += (uint32_t)payload;
		cr_expect_eq(offer(&merger, packet_octets, build(packet_octets, &m)),
		             payload >= ENVELOPE_SEGMENT_MIN, "%zu", payload);
		cr_expect_eq(envelope_merger_finish(&merger, &got),
		             payload >= ENVELOPE_SEGMENT_MIN ? 2 : 1);
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
