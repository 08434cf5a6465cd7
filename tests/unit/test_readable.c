/* bin/common/packet/lines: verdicts, damage, and lines that do not fit. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "packet/lines.h"

static const uint8_t data[] = {0x61, 0x88, 0x2a, 0xcd, 0xab, 0x02, 0x00, 0x01, 0x00, 0x68, 0x69};

static const char *line_of(uint16_t link_type, const uint8_t *octets, size_t length)
{
	static char line[READABLE_MAX];
	struct envelope_packet p = {octets, length, 0, link_type};
	size_t n = readable_frame(line, sizeof line, &p);

	cr_assert_eq(n, strlen(line));
	return line;
}

/* A TAP packet: pseudo-header, frame, and its FCS with `wrong` added to the last octet. */
static const char *tap_line(struct frame_tap tap, uint8_t wrong)
{
	uint8_t octets[FRAME_TAP_MAX + sizeof data + 4];
	size_t n = (size_t)frame_tap_build(octets, sizeof octets, &tap);
	uint32_t fcs = tap.fcs_type == FRAME_TAP_FCS32 ? frame_fcs32(data, sizeof data)
	                                               : frame_fcs16(data, sizeof data);

	memcpy(octets + n, data, sizeof data);
	n += sizeof data;
	for (unsigned i = 0; i < 2u * tap.fcs_type; i++)
		octets[n++] = (uint8_t)(fcs >> 8 * i);
	octets[n - 1] = (uint8_t)(octets[n - 1] + wrong);
	return line_of(ENVELOPE_LINK_IEEE802_15_4_TAP, octets, n);
}

Test(readable, verdicts_and_signals)
{
	char plain[READABLE_MAX], wanted[READABLE_MAX + 32];

	frame_line(plain, sizeof plain, data, sizeof data);
	cr_expect_str_eq(line_of(ENVELOPE_LINK_IEEE802_15_4_NOFCS, data, sizeof data), plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS_NONE}, 0), plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS16}, 0), plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS32}, 0), plain);
	snprintf(wanted, sizeof wanted, "%s, bad FCS", plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS16}, 1), wanted);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS32}, 1), wanted);
	snprintf(wanted, sizeof wanted, "%s, -71 dBm", plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS16,
	                                             .has_rss = true,
	                                             .rss = -71},
	                          0),
	                 wanted);
	snprintf(wanted, sizeof wanted, "%s, bad FCS, -71 dBm", plain);
	cr_expect_str_eq(tap_line((struct frame_tap){.fcs_type = FRAME_TAP_FCS16,
	                                             .has_rss = true,
	                                             .rss = -71},
	                          1),
	                 wanted);
}

Test(readable, with_fcs)
{
	uint8_t octets[sizeof data + 2];
	uint16_t fcs = frame_fcs16(data, sizeof data);

	memcpy(octets, data, sizeof data);
	octets[sizeof data] = (uint8_t)fcs;
	octets[sizeof data + 1] = (uint8_t)(fcs >> 8);
	cr_expect_null(strstr(line_of(ENVELOPE_LINK_IEEE802_15_4_WITHFCS, octets, sizeof octets),
	                      "bad FCS"));
	for (size_t n = 0; n < sizeof octets; n++)
		cr_expect_not_null(
			strstr(line_of(ENVELOPE_LINK_IEEE802_15_4_WITHFCS, octets, n), "bad FCS"),
			"%zu", n);
}

Test(readable, a_damaged_tap_header)
{
	cr_expect_str_eq(
		line_of(ENVELOPE_LINK_IEEE802_15_4_TAP, (const uint8_t *)"\0\0\xff\xff", 4),
		"damaged TAP header, 4 octets");
	cr_expect_str_eq(line_of(ENVELOPE_LINK_IEEE802_15_4_TAP, NULL, 0),
	                 "damaged TAP header, 0 octets");
}

Test(readable, what_does_not_fit_is_cut)
{
	struct envelope_packet p = {data, sizeof data, 0, ENVELOPE_LINK_IEEE802_15_4_WITHFCS};
	char whole[READABLE_MAX], cut[READABLE_MAX];
	size_t length = readable_frame(whole, sizeof whole, &p);

	cr_assert_str_eq(whole + length - 9, ", bad FCS");
	for (size_t size = 1; size <= length + 1; size++) {
		memset(cut, 'x', sizeof cut);
		cr_assert_eq(readable_frame(cut, size, &p), size - 1);
		cr_assert_eq(strncmp(cut, whole, size - 1), 0);
		cr_assert_eq(cut[size - 1], '\0');
		cr_assert_eq(cut[size], 'x');
	}
}

Test(readable, times)
{
	char out[READABLE_MAX];

	setenv("TZ", "UTC", 1);
	cr_assert_eq(readable_time(out, sizeof out, 1700000000123456789), 16);
	cr_assert_str_eq(out, "22:13:20.123456 ");
	cr_assert_eq(readable_time(out, sizeof out, 0), 16);
	cr_assert_str_eq(out, "00:00:00.000000 ");
	readable_time(out, sizeof out, -1000);
	cr_assert_str_eq(out, "23:59:59.999999 ");
	readable_time(out, sizeof out, INT64_MIN);
	cr_assert_str_eq(out, "00:12:43.145224 ");
}
