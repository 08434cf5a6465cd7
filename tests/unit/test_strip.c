/* bin/common/packet/strip: named vectors of every link type, and every truncation and random octets
 * flush against a guard page. */
#include "frame_test.h"

#include "packet/strip.h"

TestSuite(strip, .timeout = 60);

static const uint16_t strippable[] = {0,   1,   108, 113, 276, 12,  14,
                                      101, 195, 215, 228, 229, 230, 283};

static const struct vector {
	const char *name;
	uint16_t link_type;
	const char *in;
	enum strip_result result;
	uint16_t out_type;
	const char *out;
} vectors[] = {
	{"IPv4", 101, "45000014", STRIP_OK, ENVELOPE_LINK_RAW, "45000014"},
	{"IPv6", 101, "60000000", STRIP_OK, ENVELOPE_LINK_RAW, "60000000"},
	{"IPv4's own type", 228, "45", STRIP_OK, ENVELOPE_LINK_RAW, "45"},
	{"IPv6's own type", 229, "60", STRIP_OK, ENVELOPE_LINK_RAW, "60"},
	{"DLT_RAW of most systems", 12, "60", STRIP_OK, ENVELOPE_LINK_RAW, "60"},
	{"DLT_RAW of OpenBSD", 14, "60", STRIP_OK, ENVELOPE_LINK_RAW, "60"},
	{"no IP version", 101, "0102", STRIP_NOT_IP, 101, "0102"},
	{"an empty packet", 101, "", STRIP_NOT_IP, 101, ""},
	{"a frame", 230, "02006a", STRIP_OK, ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"an empty frame", 230, "", STRIP_TOO_SHORT, 230, ""},
	{"FCS of an ACK", 195, "02006ae479", STRIP_OK, ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"wrong FCS", 195, "02006ae478", STRIP_BAD_FCS, ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"nothing but an FCS", 195, "0000", STRIP_TOO_SHORT, 195, "0000"},
	{"TAP without TLVs", 283, "00000400 02006a", STRIP_OK, ENVELOPE_LINK_IEEE802_15_4_NOFCS,
         "02006a"},
	{"TAP that says no FCS", 283, "00000c00 0000010000000000 02006a", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP with FCS-16", 283, "00000c00 0000010001000000 02006ae479", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP with a wrong FCS-16", 283, "00000c00 0000010001000000 02006ae478", STRIP_BAD_FCS,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP with FCS-32", 283, "00000c00 0000010002000000 02006aba945f14", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP with a wrong FCS-32", 283, "00000c00 0000010002000000 02006aba945f15", STRIP_BAD_FCS,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP before an FCS-32 alone", 283, "00000c00 0000010002000000 ba945f14", STRIP_TOO_SHORT,
         283, "00000c00 0000010002000000 ba945f14"},
	{"FCS-32 where an FCS-16 would be", 195, "02006aba945f14", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"TAP before nothing", 283, "00000400", STRIP_TOO_SHORT, 283, "00000400"},
	{"TAP before an FCS alone", 283, "00000c00 0000010001000000 e479", STRIP_TOO_SHORT, 283,
         "00000c00 0000010001000000 e479"},
	{"TAP longer than the packet", 283, "0000ff00 02006a", STRIP_TOO_SHORT, 283,
         "0000ff00 02006a"},
	{"PHY", 215, "00000000a705 02006ae479", STRIP_OK, ENVELOPE_LINK_IEEE802_15_4_NOFCS,
         "02006a"},
	{"PHY, reserved bit", 215, "00000000a785 02006ae479", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"PHY, wrong FCS", 215, "00000000a705 02006ae478", STRIP_BAD_FCS,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"PHY, FCS-32", 215, "00000000a707 02006aba945f14", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"PHY, octets behind the frame", 215, "00000000a705 02006ae479 ffff", STRIP_OK,
         ENVELOPE_LINK_IEEE802_15_4_NOFCS, "02006a"},
	{"PHY that says more", 215, "00000000a706 02006ae479", STRIP_TOO_SHORT, 215,
         "00000000a706 02006ae479"},
	{"PHY before an FCS alone", 215, "00000000a702 e479", STRIP_TOO_SHORT, 215,
         "00000000a702 e479"},
	{"PHY before nothing", 215, "00000000a700", STRIP_TOO_SHORT, 215, "00000000a700"},
	{"no TAP version 0", 283, "01000400 02006a", STRIP_TOO_SHORT, 283, "01000400 02006a"},
};

static struct envelope_packet packet_of(const uint8_t *octets, size_t n, uint16_t link_type)
{
	return (struct envelope_packet){guarded(octets, n), n, 42, link_type};
}

Test(strip, vectors)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		uint8_t in[64], out[64];
		struct envelope_packet p = packet_of(in, unhex(in, sizeof in, v->in), v->link_type);
		size_t n = unhex(out, sizeof out, v->out);

		cr_assert(strip(&p, false) == v->result, "%s", v->name);
		cr_assert(p.link_type == v->out_type && p.length == n && p.time_ns == 42,
		          "%s: type %u, %zu octets", v->name, p.link_type, p.length);
		cr_assert(memcmp(p.data, out, n) == 0, "%s", v->name);
	}
}

static const struct captured {
	const char *name;
	enum strip_fcs fcs;
	size_t missing;
	const char *in;
	enum strip_result result;
	const char *out;
} captured[] = {
	{"no FCS", STRIP_FCS_NONE, 0, "02006ae478", STRIP_OK, "02006ae478"},
	{"an FCS-16", STRIP_FCS_CRC16, 0, "02006ae479", STRIP_OK, "02006a"},
	{"an FCS-32 taken for an FCS-16", STRIP_FCS_CRC16, 0, "02006aba945f14", STRIP_BAD_FCS,
         "02006aba94"},
	{"an FCS-32", STRIP_FCS_CRC32, 0, "02006aba945f14", STRIP_OK, "02006a"},
	{"a wrong FCS-32", STRIP_FCS_CRC32, 0, "02006aba945f15", STRIP_BAD_FCS, "02006a"},
	{"TI, CRC right", STRIP_FCS_TI, 0, "02006ac8eb", STRIP_OK, "02006a"},
	{"TI, CRC wrong", STRIP_FCS_TI, 0, "02006ac86b", STRIP_BAD_FCS, "02006a"},
	{"TI alone", STRIP_FCS_TI, 0, "c8eb", STRIP_TOO_SHORT, "c8eb"},
	{"an FCS-16 that is not there", STRIP_FCS_AUTO, 2, "02006a", STRIP_OK, "02006a"},
	{"an FCS-32 that is not there", STRIP_FCS_AUTO, 4, "02006a", STRIP_OK, "02006a"},
	{"no FCS, cut", STRIP_FCS_NONE, 2, "02006a", STRIP_CUT, "02006a"},
	{"an FCS-32, cut", STRIP_FCS_CRC32, 2, "02006a", STRIP_CUT, "02006a"},
	{"an FCS-16, cut", STRIP_FCS_CRC16, 4, "02006a", STRIP_CUT, "02006a"},
	{"an octet missing", STRIP_FCS_AUTO, 1, "02006a", STRIP_CUT, "02006a"},
	{"nothing there", STRIP_FCS_AUTO, 2, "", STRIP_TOO_SHORT, ""},
};

Test(strip, what_link_type_195_ends_in)
{
	for (size_t i = 0; i < COUNT(captured); i++) {
		const struct captured *v = &captured[i];
		struct strip_capture c = {.fcs = v->fcs};
		uint8_t in[64], out[64];
		struct envelope_packet p = packet_of(in, unhex(in, sizeof in, v->in), 195);
		size_t n = unhex(out, sizeof out, v->out);

		cr_assert(strip_captured(&c, &p, v->missing) == v->result, "%s", v->name);
		cr_assert(p.length == n && memcmp(p.data, out, n) == 0, "%s", v->name);
	}
}

Test(strip, a_phy_header_counts_an_fcs_that_was_not_captured)
{
	static const struct {
		enum strip_fcs fcs;
		size_t missing;
		const char *in;
		enum strip_result result;
	} cases[] = {
		{STRIP_FCS_AUTO, 2, "00000000a705 02006a", STRIP_OK},
		{STRIP_FCS_AUTO, 4, "00000000a707 02006a", STRIP_OK},
		{STRIP_FCS_NONE, 2, "00000000a705 02006a", STRIP_CUT},
		{STRIP_FCS_AUTO, 3, "00000000a706 02006a", STRIP_CUT},
		{STRIP_FCS_AUTO, 2, "00000000a706 02006a", STRIP_TOO_SHORT},
		{STRIP_FCS_AUTO, 2, "00000000a7", STRIP_CUT},
		{STRIP_FCS_NONE, 0, "00000000a703 02006a", STRIP_OK},
		{STRIP_FCS_TI, 0, "00000000a705 02006ac8eb", STRIP_OK},
		{STRIP_FCS_CRC32, 0, "00000000a705 02006ae479", STRIP_BAD_FCS},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct strip_capture c = {.fcs = cases[i].fcs};
		uint8_t in[64];
		size_t n = unhex(in, sizeof in, cases[i].in);
		struct envelope_packet p = packet_of(in, n, 215);
		const uint8_t *begin = p.data;

		cr_expect_eq(strip_captured(&c, &p, cases[i].missing), cases[i].result, "%zu", i);
		if (cases[i].result != STRIP_OK && cases[i].result != STRIP_BAD_FCS)
			cr_expect(p.data == begin && p.length == n && p.link_type == 215, "%zu", i);
		if (cases[i].result == STRIP_OK)
			cr_expect(p.length == 3 && memcmp(p.data, in + 6, 3) == 0, "%zu", i);
	}
}

/* A bad frame among those with an FCS-32 loses four octets, not two. */
Test(strip, what_was_right_before_counts_where_nothing_is)
{
	static const char *const good[] = {"02006aba945f14", "02006ae479"};
	static const size_t left[] = {3, 5};

	for (size_t i = 0; i < 2; i++) {
		struct strip_capture c = {.fcs = STRIP_FCS_AUTO};
		uint8_t in[64];
		struct envelope_packet p = packet_of(in, unhex(in, sizeof in, good[i]), 195);

		cr_assert(strip_captured(&c, &p, 0) == STRIP_OK);
		p = packet_of(in, unhex(in, sizeof in, "02006aba945f15"), 195);
		cr_assert(strip_captured(&c, &p, 0) == STRIP_BAD_FCS);
		cr_assert(p.length == left[i] && c.wrong == 1, "%zu octets", p.length);
	}
}

Test(strip, a_pseudo_header_that_is_kept_is_read_all_the_same)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		uint8_t in[64];
		size_t n = unhex(in, sizeof in, v->in);
		struct envelope_packet p = packet_of(in, n, v->link_type);

		if (v->link_type != ENVELOPE_LINK_IEEE802_15_4_TAP)
			continue;
		cr_assert(strip(&p, true) == v->result, "%s", v->name);
		cr_assert(p.link_type == ENVELOPE_LINK_IEEE802_15_4_TAP && p.length == n, "%s",
		          v->name);
	}
}

Test(strip, knows_what_it_can_strip)
{
	unsigned known = 0;

	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		bool listed = false;

		for (size_t i = 0; i < COUNT(strippable); i++)
			listed |= strippable[i] == type;
		cr_assert(strip_knows((uint16_t)type) == listed, "%u", type);
		known += listed;
	}
	cr_assert(known == COUNT(strippable));
}

static void check_result(const struct envelope_packet *before, const struct envelope_packet *after,
                         enum strip_result result, bool keep_tap)
{
	bool refused = result == STRIP_NOT_IP || result == STRIP_TOO_SHORT;

	cr_assert(result < STRIP_RESULTS);
	cr_assert(after->data >= before->data &&
	          after->data + after->length <= before->data + before->length);
	cr_assert(!refused || (after->data == before->data && after->length == before->length &&
	                       after->link_type == before->link_type));
	cr_assert(refused || after->length > 0);
	cr_assert(refused || after->link_type == ENVELOPE_LINK_RAW ||
	          after->link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS ||
	          (keep_tap && after->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP));
}

static void try_every_link_type(const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < 2 * COUNT(strippable); i++) {
		struct envelope_packet before = packet_of(octets, n, strippable[i / 2]),
				       after = before;
		enum strip_result result = strip(&after, i % 2);

		check_result(&before, &after, result, i % 2);
	}
}

Test(strip, every_truncation_as_every_link_type)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		uint8_t in[64];
		size_t n = unhex(in, sizeof in, vectors[i].in);

		for (size_t cut = 0; cut <= n; cut++)
			try_every_link_type(in, cut);
	}
}

Test(strip, random_octets)
{
	random_seed("test_strip");
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t octets[64];
		size_t n = random_next() % (sizeof octets + 1);

		for (size_t i = 0; i < n; i++)
			octets[i] = (uint8_t)random_next();
		if (n > 4 && random_next() % 2) {
			memcpy(octets, "\0\0\0\0", 4);
			octets[2] = (uint8_t)(random_next() % (n + 8));
		}
		try_every_link_type(octets, n);
	}
}
