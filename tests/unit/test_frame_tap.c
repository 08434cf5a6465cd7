/* libframe, the TAP pseudo-header: vectors, faults, truncations, and what is written is read. */
#include "frame_test.h"

#define WHOLE                                                                                      \
	"00 00 8400"                                                                               \
	"0000 0100 01000000"                                                                       \
	"0100 0400 000080c2"                                                                       \
	"0200 0400 90d00300"                                                                       \
	"0300 0300 0f000200"                                                                       \
	"0400 0300 04010300"                                                                       \
	"0500 0800 0807060504030201"                                                               \
	"0600 0800 1817161514131211"                                                               \
	"0700 0800 1100000000000000"                                                               \
	"0800 0800 2827262524232221"                                                               \
	"0900 0400 10270000"                                                                       \
	"0a00 0100 74000000"                                                                       \
	"0b00 0400 51270d54"                                                                       \
	"0c00 0a00 00401249 00009643 10000000"

static void whole_tap(struct frame_tap *tap)
{
	memset(tap, 0, sizeof *tap); /* the padding too: it is compared */
	tap->fcs_type = FRAME_TAP_FCS16;
	tap->has_rss = true;
	tap->rss = -64;
	tap->has_bit_rate = true;
	tap->bit_rate = 250000;
	tap->has_channel = true;
	tap->channel = 15;
	tap->page = 2;
	tap->has_sun_phy = true;
	tap->sun_band = 4;
	tap->sun_type = 1;
	tap->sun_mode = 3;
	tap->has_start_of_frame = true;
	tap->start_of_frame = 0x0102030405060708;
	tap->has_end_of_frame = true;
	tap->end_of_frame = 0x1112131415161718;
	tap->has_asn = true;
	tap->asn = 17;
	tap->has_start_of_slot = true;
	tap->start_of_slot = 0x2122232425262728;
	tap->has_timeslot_length = true;
	tap->timeslot_length = 10000;
	tap->has_lqi = true;
	tap->lqi = 0x74;
	tap->has_frequency = true;
	tap->frequency = 2425000026112.0f;
	tap->has_channel_plan = true;
	tap->plan_start = 599040.0f;
	tap->plan_spacing = 300;
	tap->plan_channels = 16;
}

Test(tap, every_tlv)
{
	uint8_t octets[FRAME_TAP_MAX], written[FRAME_TAP_MAX];
	size_t n = unhex(octets, sizeof octets, WHOLE);
	struct frame_tap tap, expected;

	whole_tap(&expected);
	cr_assert_eq(n, FRAME_TAP_MAX);
	cr_assert_eq(frame_tap_build(written, sizeof written, &expected), (int)n);
	cr_assert_eq(frame_tap_build(written, n - 1, &expected), FRAME_ESPACE);
	cr_assert_arr_eq(written, octets, n);
	cr_assert_eq(frame_tap_parse(&tap, guarded(octets, n), n, NULL), (int)n);
	cr_assert_eq(memcmp(&tap, &expected, sizeof tap), 0);
}

static const struct {
	const char *name, *hex;
	int result;
	unsigned offset;
	const char *again; /* what is written for what was read */
} cases[] = {
	{"no TLV", "00 00 0400 aabb", 4, 0, "00 00 0c00 0000 0100 00000000"},
	{"reserved octet ignored", "00 ff 0400", 4, 0, "00 00 0c00 0000 0100 00000000"},
	{"unknown TLV passed over", "00 00 1400 ff7f 0300 01020300 0a00 0100 07000000", 20, 0,
         "00 00 1400 0000 0100 00000000 0a00 0100 07000000"},
	{"longer than it need be", "00 00 1400 0300 0400 0f000000 0a00 0400 74000000", 20, 0,
         "00 00 1c00 0000 0100 00000000 0300 0300 0f000000 0a00 0100 74000000"},
	{"the last of two", "00 00 1400 0a00 0100 01000000 0a00 0100 02000000", 20, 0,
         "00 00 1400 0000 0100 00000000 0a00 0100 02000000"},
	{"last padding left out", "00 00 0900 0a00 0100 07", 9, 0,
         "00 00 1400 0000 0100 00000000 0a00 0100 07000000"},
	{"empty", "", FRAME_ETRUNCATED, 0, NULL},
	{"three octets", "00 00 04", FRAME_ETRUNCATED, 3, NULL},
	{"version 1", "01 00 0400", FRAME_EVERSION, 0, NULL},
	{"length too small", "00 00 0300", FRAME_ETAP, 2, NULL},
	{"length beyond the end", "00 00 0800 0a00", FRAME_ETRUNCATED, 6, NULL},
	{"half a TLV header", "00 00 0600 0a00", FRAME_ETAP, 4, NULL},
	{"TLV beyond the header", "00 00 0900 0a00 0200 07", FRAME_ETAP, 6, NULL},
	{"TLV too short", "00 00 0c00 0100 0300 01020300", 12, 0, "00 00 0c00 0000 0100 00000000"},
	{"a channel of two octets",
         "00 00 1c00 0000 0100 01000000 0300 0200 0f000000 0a00 0100 07000000", 28, 0,
         "00 00 1400 0000 0100 01000000 0a00 0100 07000000"},
	{"a TLV of none", "00 00 1000 0100 0000 0a00 0100 07000000", 16, 0,
         "00 00 1400 0000 0100 00000000 0a00 0100 07000000"},
	{"an FCS type of no length", "00 00 0800 0000 0000", FRAME_ETAP, 6, NULL},
	{"FCS type 3", "00 00 0c00 0000 0100 03000000", FRAME_ETAP, 8, NULL},
};

Test(tap, cases)
{
	for (unsigned i = 0; i < COUNT(cases); i++) {
		uint8_t octets[64], written[FRAME_TAP_MAX], again[64];
		size_t n = unhex(octets, sizeof octets, cases[i].hex);
		struct frame_fault fault;
		struct frame_tap tap;

		cr_assert_eq(frame_tap_parse(&tap, guarded(octets, n), n, &fault), cases[i].result,
		             "%s", cases[i].name);
		cr_assert_eq(fault.error, cases[i].result < 0 ? cases[i].result : 0, "%s",
		             cases[i].name);
		cr_assert_eq(fault.offset, cases[i].offset, "%s", cases[i].name);
		cr_assert_eq(!fault.field[0], cases[i].result > 0);
		if (!cases[i].again)
			continue;
		n = unhex(again, sizeof again, cases[i].again);
		cr_assert_eq(frame_tap_build(written, sizeof written, &tap), (int)n, "%s",
		             cases[i].name);
		cr_assert_arr_eq(written, again, n, "%s", cases[i].name);
	}
}

Test(tap, every_truncation_of_everything)
{
	uint8_t octets[FRAME_TAP_MAX];
	struct frame_tap tap;

	unhex(octets, sizeof octets, WHOLE);
	for (size_t n = 0; n < FRAME_TAP_MAX; n++)
		cr_assert_eq(frame_tap_parse(&tap, guarded(octets, n), n, NULL), FRAME_ETRUNCATED);
	for (size_t n = 4; n < FRAME_TAP_MAX; n++) {
		octets[2] = (uint8_t)n;
		frame_tap_parse(&tap, guarded(octets, n), n, NULL);
	}
}

Test(tap, any_octets)
{
	uint8_t octets[160], written[FRAME_TAP_MAX];
	struct frame_tap tap, again;

	random_seed("test_frame_tap");
	for (unsigned i = 0; i < 200000; i++) {
		size_t n = random_below(sizeof octets);
		int length;

		random_octets(octets, n);
		for (size_t at = 0; at + 4 < n; at += 8) { /* near to what is right */
			octets[at] = (uint8_t)random_below(14);
			octets[at + 1] = octets[at + 3] = 0;
			octets[at + 2] = (uint8_t)random_below(12);
		}
		if (n > 3)
			unhex(octets, 2, "0000");
		length = frame_tap_parse(&tap, guarded(octets, n), n, NULL);
		cr_assert(length <= (int)n && (length > 3 || length < 0));
		if (length < 0)
			continue;
		length = frame_tap_build(written, sizeof written, &tap);
		cr_assert(length > 0);
		n = (size_t)length;
		cr_assert_eq(frame_tap_parse(&again, written, n, NULL), (int)n);
		cr_assert_eq(memcmp(&tap, &again, sizeof tap), 0, "round %u", i);
	}
}
