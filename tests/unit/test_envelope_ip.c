/* libenvelope: IP headers, what is behind them, and the Internet checksum. Every packet flush
 * against an unreadable page. */
#include "test_envelope.h"

enum { TCP = 6, UDP = 17, ICMPV6 = 58, NO_NEXT = 59 };

static const uint8_t ipv4[] = {0x45, 0x00, 0x00, 0x1e, 0x12, 0x34, 0x40, 0x00, 0x40, 0x11,
                               0x99, 0x99, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7,
                               0x04, 0xd2, 0x16, 0x2e, 0x00, 0x0a, 0x00, 0x00, 'h',  'i'};
static const uint8_t ipv6[] = {0x60, 0,  0, 0, 0, 10, UDP, 63, 0xbb, 0xbb, 0,    0,    0, 0,  0, 0,
                               0,    0,  0, 0, 0, 0,  0,   1,  0xbb, 0xbb, 0,    0,    0, 0,  0, 0,
                               0,    0,  0, 0, 0, 0,  0,   2,  0x16, 0x33, 0x16, 0x33, 0, 10, 0, 0,
                               'h',  'i'};

static int parse(struct envelope_ip *ip, const uint8_t *packet, size_t n,
                 struct envelope_fault *fault)
{
	return envelope_ip_parse(ip, guarded_copy(0, packet, n), n, fault);
}

Test(ip, v4)
{
	struct envelope_ip ip;
	struct envelope_fault fault;

	cr_assert_eq(parse(&ip, ipv4, sizeof(ipv4), &fault), 0);
	cr_expect(fault.error == 0 && fault.offset == 0 && fault.field[0] == '\0');
	cr_expect(ip.version == 4 && ip.header == 20 && ip.length == 30 && ip.protocol == UDP &&
	          ip.hop_limit == 64 && ip.address_size == 4);
	cr_expect(ip.dont_fragment && !ip.more_fragments && ip.fragment_offset == 0);
	cr_expect(ip.source[3] == 1 && ip.destination[3] == 0xc7 &&
	          ip.destination - ip.source == 4);
}

Test(ip, v4_fragments_and_options)
{
	uint8_t packet[60] = {0x4f, 0, 0, 60, 0, 0, 0x3f, 0xff};
	struct envelope_ip ip;

	cr_assert_eq(parse(&ip, packet, sizeof(packet), NULL), 0);
	cr_expect(ip.header == 60 && !ip.dont_fragment && ip.more_fragments &&
	          ip.fragment_offset == 0x1fff * 8);
	packet[6] = 0x80; /* the reserved bit says nothing */
	packet[7] = 0;
	cr_assert_eq(parse(&ip, packet, sizeof(packet), NULL), 0);
	cr_expect(!ip.dont_fragment && !ip.more_fragments && ip.fragment_offset == 0);
}

Test(ip, v6)
{
	struct envelope_ip ip;

	cr_assert_eq(parse(&ip, ipv6, sizeof(ipv6), NULL), 0);
	cr_expect(ip.version == 6 && ip.header == 40 && ip.length == 50 && ip.protocol == UDP &&
	          ip.hop_limit == 63 && ip.address_size == 16);
	cr_expect(!ip.dont_fragment && !ip.more_fragments && ip.fragment_offset == 0);
	cr_expect(ip.source[15] == 1 && ip.destination[15] == 2);
	/* The length is what it says, whatever there is. */
	cr_assert_eq(parse(&ip, ipv6, 40, NULL), 0);
	cr_expect_eq(ip.length, 50);
}

Test(ip, every_truncation)
{
	static const struct {
		const uint8_t *packet;
		size_t header;
	} packets[] = {{ipv4, 20}, {ipv6, 40}};
	static const struct envelope_ip zero;

	for (size_t i = 0; i < COUNT(packets); i++) {
		for (size_t n = 0; n < packets[i].header; n++) {
			struct envelope_fault fault;
			struct envelope_ip ip;

			memset(&ip, 0xff, sizeof(ip));
			cr_expect_eq(parse(&ip, packets[i].packet, n, &fault),
			             n ? ENVELOPE_EIP : ENVELOPE_ENOTIP, "%zu", n);
			cr_expect(fault.error == (n ? ENVELOPE_EIP : ENVELOPE_ENOTIP) &&
			          fault.offset == n);
			cr_expect_str_eq(fault.field, "IP header");
			cr_expect(memcmp(&ip, &zero, sizeof(ip)) == 0);
		}
	}
}

Test(ip, every_first_octet)
{
	uint8_t packet[60] = {0};
	struct envelope_ip ip;

	for (unsigned first = 0; first < 256; first++) {
		unsigned version = first >> 4;
		int want = version == 4   ? (first & 15) < 5 ? ENVELOPE_EIP : ENVELOPE_OK
		           : version == 6 ? ENVELOPE_OK
		                          : ENVELOPE_ENOTIP;

		packet[0] = (uint8_t)first;
		cr_expect_eq(parse(&ip, packet, sizeof(packet), NULL), want, "%02x", first);
	}
	packet[0] = 0x46;
	cr_expect_eq(parse(&ip, packet, 23, NULL), ENVELOPE_EIP, "ends inside its options");
	cr_expect_eq(parse(&ip, packet, 24, NULL), 0);
}

/* --- what is behind the header --- */

/* An IPv6 packet of that next header and these octets. */
static int walk(struct envelope_transport *t, uint8_t next, const uint8_t *behind, size_t n,
                struct envelope_fault *fault)
{
	uint8_t packet[40 + 200], *copy;
	struct envelope_ip ip;

	memcpy(packet, ipv6, 40);
	packet[6] = next;
	if (n)
		memcpy(packet + 40, behind, n);
	copy = guarded_copy(0, packet, 40 + n);
	cr_assert_eq(envelope_ip_parse(&ip, copy, 40 + n, NULL), 0);
	return envelope_ip_transport(t, &ip, copy, 40 + n, fault);
}

Test(transport, v4)
{
	static const struct {
		uint8_t flags, offset;
		bool fragmented;
	} cases[] = {
		{0, 0, false}, {0x40, 0, false}, {0x20, 0, true}, {0, 1, true}, {0x1f, 0, true}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t packet[sizeof(ipv4)], *copy;
		struct envelope_transport t;
		struct envelope_ip ip;

		memcpy(packet, ipv4, sizeof(packet));
		packet[6] = cases[i].flags;
		packet[7] = cases[i].offset;
		copy = guarded_copy(0, packet, 20);
		cr_assert_eq(envelope_ip_parse(&ip, copy, 20, NULL), 0);
		cr_assert_eq(envelope_ip_transport(&t, &ip, copy, 20, NULL), 0);
		cr_expect(t.offset == 20 && t.protocol == UDP && !t.routed);
		cr_expect_eq(t.fragmented, cases[i].fragmented, "%zu", i);
	}
}

Test(transport, v6_extensions)
{
	static const uint8_t chain[] = {60,  0, 0, 0, 0, 0, 0, 0,             /* hop-by-hop */
	                                43,  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* destination */
	                                0,   0, 0, 0,                         /* its second half */
	                                TCP, 0, 0, 0, 0, 0, 0, 0};            /* routing */
	static const uint8_t fragment[] = {60, 0, 0, 1, 0, 0, 0, 9, TCP, 0, 0, 0, 0, 0, 0, 0};
	struct envelope_transport t;
	struct envelope_fault fault;

	cr_assert_eq(walk(&t, 0, chain, sizeof(chain), &fault), 0);
	cr_expect_eq(fault.error, 0);
	cr_expect(t.offset == 40 + sizeof(chain) && t.protocol == TCP && t.routed && !t.fragmented);
	cr_assert_eq(walk(&t, 44, fragment, sizeof(fragment), NULL), 0);
	cr_expect(t.offset == 48 && t.protocol == 60 && t.fragmented && !t.routed,
	          "nothing behind a fragment header is walked");
	for (unsigned next = 0; next < 256; next++) {
		if (next == 0 || next == 43 || next == 44 || next == 60)
			continue;
		cr_assert_eq(walk(&t, (uint8_t)next, NULL, 0, NULL), 0, "%u", next);
		cr_expect(t.offset == 40 && t.protocol == next && !t.routed && !t.fragmented);
	}
}

Test(transport, v6_every_truncation)
{
	static const uint8_t two[] = {60, 0, 0, 0, 0, 0, 0, 0, NO_NEXT, 1, 0, 0,
	                              0,  0, 0, 0, 0, 0, 0, 0, 0,       0, 0, 0};
	struct envelope_transport t;
	struct envelope_fault fault;

	for (size_t n = 0; n < sizeof(two); n++) {
		cr_expect_eq(walk(&t, 0, two, n, &fault), ENVELOPE_EIP, "%zu", n);
		cr_expect(fault.error == ENVELOPE_EIP && fault.offset <= 40 + n);
		cr_expect_str_eq(fault.field, "IPv6 extension headers");
	}
	cr_expect_eq(walk(&t, 0, two, sizeof(two), &fault), 0);
}

Test(transport, v6_at_most_eight)
{
	uint8_t many[9 * 8] = {0};
	struct envelope_transport t;

	for (size_t i = 0; i < 9; i++)
		many[8 * i] = 60;
	many[7 * 8] = ICMPV6;
	cr_assert_eq(walk(&t, 60, many, 8 * 8, NULL), 0);
	cr_expect(t.offset == 40 + 8 * 8 && t.protocol == ICMPV6);
	many[7 * 8] = 60;
	many[8 * 8] = ICMPV6;
	cr_expect_eq(walk(&t, 60, many, sizeof(many), NULL), ENVELOPE_EIP);
}

/* --- what a receiver reads on --- */

static int chain(struct envelope_chain *c, const uint8_t *packet, size_t n,
                 struct envelope_fault *fault)
{
	uint8_t *copy = guarded_copy(0, packet, n);
	struct envelope_ip ip;

	cr_assert_eq(envelope_ip_parse(&ip, copy, n, NULL), 0);
	return envelope_ip_chain(c, &ip, copy, n, fault);
}

/* As walk() above. */
static int chain_behind(struct envelope_chain *c, uint8_t next, const uint8_t *behind, size_t n)
{
	uint8_t packet[40 + 200];

	memcpy(packet, ipv6, 40);
	packet[6] = next;
	if (n)
		memcpy(packet + 40, behind, n);
	return chain(c, packet, 40 + n, NULL);
}

Test(chain, v4_options)
{
	static const struct {
		const char *about;
		uint8_t options[12];
		int outcome;
		bool rerouted;
	} cases[] = {
		{"end", {0, 0xff, 0xff}, 0, false},
		{"nothing but no-operation", {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 0, false},
		{"record route", {7, 7, 4, 0, 0, 0, 0}, 0, false},
		{"loose source route", {131, 7, 4, 1, 2, 3, 4}, 0, true},
		{"strict source route", {137, 7, 4, 1, 2, 3, 4}, 0, true},
		{"behind others", {1, 148, 4, 0, 0, 131, 7, 4, 1, 2, 3, 4}, 0, true},
		{"behind the end", {0, 131, 7, 4, 1, 2, 3, 4}, 0, false},
		{"inside another", {148, 9, 131, 7, 4, 1, 2, 3, 4}, 0, false},
		{"length 0", {131, 0}, ENVELOPE_EIP, false},
		{"length 1", {131, 1}, ENVELOPE_EIP, false},
		{"to the end", {148, 12}, 0, false},
		{"beyond the end", {148, 13}, ENVELOPE_EIP, false},
		{"no room for a length",
	         {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 131},
	         ENVELOPE_EIP,
	         false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t packet[32] = {0x48, 0, 0, 32, 0, 0, 0, 0, 64, UDP};
		struct envelope_fault fault;
		struct envelope_chain c;

		memcpy(packet + 20, cases[i].options, 12);
		cr_expect_eq(chain(&c, packet, 32, &fault), cases[i].outcome, "%s", cases[i].about);
		cr_expect_eq(c.rerouted && !cases[i].outcome, cases[i].rerouted, "%s",
		             cases[i].about);
		cr_expect(c.offset == 32 && c.protocol == UDP && !c.fragmented && !c.later);
		cr_expect_str_eq(fault.field, cases[i].outcome ? "IP options" : "");
	}
}

Test(chain, v4_fragments)
{
	static const struct {
		uint8_t flags, offset;
		bool fragmented, later;
	} cases[] = {{0, 0, false, false},  {0x40, 0, false, false}, {0x20, 0, true, false},
	             {0x20, 1, true, true}, {0, 1, true, true},      {0x1f, 0, true, true}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t packet[sizeof(ipv4)];
		struct envelope_chain c;

		memcpy(packet, ipv4, sizeof(packet));
		packet[6] = cases[i].flags;
		packet[7] = cases[i].offset;
		cr_assert_eq(chain(&c, packet, sizeof(packet), NULL), 0);
		cr_expect(c.fragmented == cases[i].fragmented && c.later == cases[i].later, "%zu",
		          i);
	}
}

Test(chain, v6)
{
	static const struct {
		const char *about;
		uint8_t next, behind[24];
		size_t n;
		int outcome;
		struct envelope_chain want;
	} cases[] = {
		{"nothing", UDP, {0}, 0, 0, {40, UDP, false, false, false}},
		{"routing", 43, {UDP, 0, 0, 0}, 8, 0, {48, UDP, false, false, true}},
		{"hop-by-hop behind another",
	         60,
	         {0, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4},
	         16,
	         0,
	         {48, 0, false, false, false}},
		{"routing behind hop-by-hop",
	         0,
	         {43, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 4, 1},
	         16,
	         0,
	         {56, UDP, false, false, true}},
		{"destination options", 60, {UDP, 0, 1, 4}, 8, 0, {48, UDP, false, false, false}},
		{"home address",
	         60,
	         {UDP, 2, 1, 2, 0, 0, 0xc9, 16},
	         24,
	         0,
	         {64, UDP, false, false, true}},
		{"an option beyond its header", 60, {UDP, 0, 1, 5}, 8, ENVELOPE_EIP, {0}},
		{"first fragment", 44, {UDP, 0, 0, 1}, 8, 0, {48, UDP, true, false, false}},
		{"first fragment, with options",
	         44,
	         {60, 0, 0, 1, 0, 0, 0, 0, ICMPV6, 0, 1, 4},
	         16,
	         0,
	         {56, ICMPV6, true, false, false}},
		{"first fragment, routed",
	         44,
	         {43, 0, 0, 1, 0, 0, 0, 0, ICMPV6, 0, 0, 0},
	         16,
	         0,
	         {56, ICMPV6, true, false, true}},
		{"first fragment that ends in its options",
	         44,
	         {60, 0, 0, 1},
	         8,
	         ENVELOPE_EIP,
	         {0}},
		{"whole, as a fragment", 44, {UDP, 0, 0, 0}, 8, 0, {48, UDP, true, false, false}},
		{"later fragment", 44, {60, 0, 0, 8}, 8, 0, {48, 60, true, true, false}},
		{"fragment of a fragment", 44, {44, 0, 0, 1}, 16, ENVELOPE_EIP, {0}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct envelope_chain *want = &cases[i].want;
		struct envelope_chain c;

		cr_expect_eq(chain_behind(&c, cases[i].next, cases[i].behind, cases[i].n),
		             cases[i].outcome, "%s", cases[i].about);
		if (cases[i].outcome)
			continue;
		cr_expect(c.offset == want->offset && c.protocol == want->protocol, "%s",
		          cases[i].about);
		cr_expect(c.fragmented == want->fragmented && c.later == want->later &&
		                  c.rerouted == want->rerouted,
		          "%s", cases[i].about);
	}
}

Test(chain, v6_every_truncation_and_at_most_eight)
{
	uint8_t many[9 * 8] = {0};
	struct envelope_chain c;

	for (size_t i = 0; i < 9; i++)
		many[8 * i] = 60;
	many[7 * 8] = ICMPV6;
	for (size_t n = 0; n < 64; n++)
		cr_expect_eq(chain_behind(&c, 60, many, n), ENVELOPE_EIP, "%zu", n);
	cr_expect_eq(chain_behind(&c, 60, many, 64), 0);
	many[7 * 8] = 60;
	cr_expect_eq(chain_behind(&c, 60, many, sizeof(many)), ENVELOPE_EIP);
}

/* --- checksums --- */

Test(checksum, of_a_header)
{
	/* RFC 1071, 3: the sum is ddf2. */
	static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint8_t out[2], header[20];

	envelope_checksum_store(out, envelope_checksum_add(0, example, sizeof(example)), 0);
	cr_expect(out[0] == 0x22 && out[1] == 0x0d, "%02x%02x", out[0], out[1]);
	memcpy(header, ipv4, sizeof(header));
	header[10] = header[11] = 0;
	envelope_checksum_store(header + 10, envelope_checksum_add(0, header, sizeof(header)), 0);
	envelope_checksum_store(out, envelope_checksum_add(0, header, sizeof(header)), 0);
	cr_expect(out[0] == 0 && out[1] == 0, "whoever checks it gets 0");
}

static unsigned plain_sum(const uint8_t *octets, size_t n, unsigned long sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? octets[i] : (unsigned)octets[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned)sum;
}

Test(checksum, as_the_plain_way_whole_and_in_parts)
{
	static uint8_t octets[70000];
	uint64_t state = test_seed();

	for (unsigned i = 0; i < 3000; i++) {
		size_t n = random_below(&state, i % 100 ? 300 : sizeof(octets)),
		       part = random_below(&state, n + 1) & ~(size_t)1;
		uint8_t *copy, out[2];
		unsigned want;
		uint64_t sum;

		for (size_t j = 0; j < n; j++)
			octets[j] = i % 3 ? (uint8_t)random_next(&state) : 0xff;
		copy = guarded_copy(0, octets, n);
		want = ~plain_sum(octets, n, 0) & 0xffff;
		envelope_checksum_store(out, envelope_checksum_add(0, copy, n), 0);
		cr_assert_eq((unsigned)(out[0] << 8 | out[1]), want, "%zu octets", n);
		sum = envelope_checksum_add(0, copy, part);
		envelope_checksum_store(out, envelope_checksum_add(sum, copy + part, n - part), 0);
		cr_assert_eq((unsigned)(out[0] << 8 | out[1]), want, "%zu of %zu", part, n);
		sum += envelope_checksum_add(0, copy + part, n - part);
		envelope_checksum_store(out, sum, 0);
		cr_assert_eq((unsigned)(out[0] << 8 | out[1]), want, "two sums added");
	}
}

/* The transport checksums of both packets, and what a pseudo-header is made of. */
Test(checksum, pseudo_header)
{
	static const struct {
		const uint8_t *packet;
		size_t length, addresses, header;
	} cases[] = {{ipv4, sizeof(ipv4), 12, 20}, {ipv6, sizeof(ipv6), 8, 40}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t transport = cases[i].length - cases[i].header;
		struct envelope_ip ip;
		uint8_t out[2];
		unsigned want;

		cr_assert_eq(envelope_ip_parse(&ip, cases[i].packet, cases[i].length, NULL), 0);
		want = plain_sum(cases[i].packet + cases[i].addresses, 2 * ip.address_size,
		                 UDP + (unsigned long)transport);
		envelope_checksum_store(out, envelope_checksum_pseudo(&ip, UDP, transport), 0);
		cr_expect_eq((unsigned)(out[0] << 8 | out[1]), ~want & 0xffff);
		want = plain_sum(cases[i].packet + cases[i].header, transport, want);
		envelope_checksum_store(
			out,
			envelope_checksum_add(envelope_checksum_pseudo(&ip, UDP, transport),
		                              cases[i].packet + cases[i].header, transport),
			UDP);
		cr_expect_eq((unsigned)(out[0] << 8 | out[1]), ~want & 0xffff);
	}
}

Test(checksum, pseudo_header_of_a_jumbogram)
{
	struct envelope_ip ip;
	uint8_t out[2];
	unsigned want;

	cr_assert_eq(envelope_ip_parse(&ip, ipv6, sizeof(ipv6), NULL), 0);
	want = plain_sum(ipv6 + 8, 32, UDP + 0x0001 + 0x0203);
	envelope_checksum_store(out, envelope_checksum_pseudo(&ip, UDP, 0x10203), 0);
	cr_expect_eq((unsigned)(out[0] << 8 | out[1]), ~want & 0xffff);
}

Test(checksum, zero_of_udp)
{
	static const uint8_t all[] = {0xff, 0xff};
	uint8_t out[2];

	envelope_checksum_store(out, envelope_checksum_add(0, all, 2), UDP);
	cr_expect(out[0] == 0xff && out[1] == 0xff);
	envelope_checksum_store(out, envelope_checksum_add(0, all, 2), TCP);
	cr_expect(out[0] == 0 && out[1] == 0);
}

Test(library, version)
{
	char text[32];

	snprintf(text, sizeof(text), "%d.%d.%d", ENVELOPE_VERSION_MAJOR, ENVELOPE_VERSION_MINOR,
	         ENVELOPE_VERSION_PATCH);
	cr_expect_str_eq(text, ENVELOPE_VERSION);
	cr_expect_str_eq(envelope_version(), ENVELOPE_VERSION);
}

Test(library, every_error_has_words)
{
	for (int error = ENVELOPE_EIP; error <= ENVELOPE_OK; error++) {
		cr_expect_str_neq(envelope_strerror(error), "unknown error", "%d", error);
		for (int other = ENVELOPE_EIP; other < error; other++)
			cr_expect_str_neq(envelope_strerror(error), envelope_strerror(other));
	}
	cr_expect_str_eq(envelope_strerror(ENVELOPE_EIP - 1), "unknown error");
	cr_expect_str_eq(envelope_strerror(1), "unknown error");
}
