/* libframe, what a line and JSON say of beacons, commands and IEs: a vector for each member of a
 * family, every truncation flush against an unreadable page, words from outside escaped. */
#include "frame_test.h"

static const struct words {
	const char *hex, *line;
} words[] = {
	/* beacons of versions 0 and 1 */
	{"00 80 01 cdab 0000 56cf 00 00",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 6 superframe order 5 final CAP slot "
         "15, PAN coordinator, association permit, payload 4"},
	{"00 80 01 cdab 0000 86d9 82 03 3412 51 7856 63 12 0100 0200 0807060504030201",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 6 superframe order 8 final CAP slot "
         "9, PAN coordinator, association permit, battery life extension, GTS 2, data for "
         "0001 0002 01:02:03:04:05:06:07:08, payload 23"},
	{"00 80 01 cdab 0000 ffcf 00 00 00 2284 0807060504030201 ffffff 07",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 15 superframe order 15 final CAP "
         "slot 15, PAN coordinator, association permit, Zigbee profile 2 extended PAN "
         "01:02:03:04:05:06:07:08, takes routers, takes end devices, depth 0, payload 19 "
         "(Zigbee)"},
	{"00 80 01 cdab 0000 ff4f 00 00 02 07 5a69674265654950206e6574000000 00",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 15 superframe order 15 final CAP "
         "slot 15, PAN coordinator, Zigbee IP \"ZigBeeIP net\", joining, takes routers, "
         "takes end devices, payload 22"},
	{"00 80 01 cdab 0000 ffcf 00 00 03 29 4f70656e5468726561642d3100000000 dead00beef00cafe",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 15 superframe order 15 final CAP "
         "slot 15, PAN coordinator, association permit, Thread \"OpenThread-1\" extended "
         "PAN de:ad:00:be:ef:00:ca:fe, joining, native commissioner, payload 30"},
	{"00 80 01 cdab 0000 ffcf 00 00 03 20 1b5b33316d225c0ac3a97f0000000000 dead00beef00cafe",
         "Beacon v0 seq 1 abcd/0000 > -, beacon order 15 superframe order 15 final CAP "
         "slot 15, PAN coordinator, association permit, Thread "
         "\"\\x1b[31m\\x22\\x5c\\x0a\\xc3\\xa9\\x7f\" extended PAN "
         "de:ad:00:be:ef:00:ca:fe, payload 30"},
	/* commands */
	{"23 c8 84 0000 0000 ffff 0100ff0000a2ffff 01 8e",
         "Command v0 seq 132 ffff/ff:ff:a2:00:00:ff:00:01 > 0000/0000, ack request, "
         "Association Request by FFD, mains power, receiver on, allocate address, payload "
         "2"},
	{"63 cc 85 d2b2 8877665544332211 1100ff0000a2ffff 02 ffff 01",
         "Command v0 seq 133 ff:ff:a2:00:00:ff:00:11 > b2d2/11:22:33:44:55:66:77:88, ack "
         "request, Association Response short ffff, PAN at capacity, payload 4"},
	{"63 cc 86 d2b2 8877665544332211 1100ff0000a2ffff 03 01",
         "Command v0 seq 134 ff:ff:a2:00:00:ff:00:11 > b2d2/11:22:33:44:55:66:77:88, ack "
         "request, Disassociation Notification, coordinator wants device to leave, "
         "payload 2"},
	{"03 08 05 ffff ffff 07", "Command v0 seq 5 - > ffff/ffff, Beacon Request, payload 1"},
	{"03 c8 05 ffff ffff ffff 0100ff0000a2ffff 06",
         "Command v0 seq 5 ffff/ff:ff:a2:00:00:ff:00:01 > ffff/ffff, Orphan Notification, "
         "payload 1"},
	{"03 c8 05 ffff ffff ffff 0100ff0000a2ffff 08 cdab 0000 0b ffff",
         "Command v0 seq 5 ffff/ff:ff:a2:00:00:ff:00:01 > ffff/ffff, Coordinator "
         "Realignment to PAN abcd coordinator 0000 channel 11 short ffff, payload 8"},
	{"03 d8 05 ffff ffff ffff 0100ff0000a2ffff 08 cdab 0000 0b 3412 02",
         "Command v1 seq 5 ffff/ff:ff:a2:00:00:ff:00:01 > ffff/ffff, Coordinator "
         "Realignment to PAN abcd coordinator 0000 channel 11 page 2 short 1234, payload 9"},
	{"23 80 05 cdab 3412 09 34",
         "Command v0 seq 5 abcd/1234 > -, ack request, GTS Request to allocate 4 slots to "
         "receive, payload 2"},
	{"43 20 0a cdab 24 9bb8ea 0102",
         "Command v2 seq 10 - > abcd/-, Vendor Specific of eab89b, payload 6"},
	/* numbers that have no name are shown */
	{"43 20 0a cdab 2d 01", "Command v2 seq 10 - > abcd/-, Reserved 0x2d, payload 2"},
	{"63 cc 86 d2b2 8877665544332211 1100ff0000a2ffff 03 09",
         "Command v0 seq 134 ff:ff:a2:00:00:ff:00:11 > b2d2/11:22:33:44:55:66:77:88, ack "
         "request, Disassociation Notification, reserved 0x09, payload 2"},
	{"41 22 01 cdab 8116 55 803f", "Data v2 seq 1 - > abcd/-, Reserved 0x2d"},
	{"41 22 01 cdab 003f 0388 015a 55", "Data v2 seq 1 - > abcd/-, Reserved 0x5a"},
	{"41 22 01 cdab 003f 01b0 55", "Data v2 seq 1 - > abcd/-, Reserved 0x06"},
	{"41 22 01 cdab 0415 13 010203 0515 01 07 112233 803f",
         "Data v2 seq 1 - > abcd/-, Wi-SUN Reserved 0x13, Wi-SUN Reserved 0x07"},
	/* reserved bits are ignored, reserved values are none of a known length's */
	{"41 22 01 cdab 003f 05a8 01 c0 01 00 2a",
         "Data v2 seq 1 - > abcd/-, 6P ADD request SF 0 seq 42"},
	{"41 22 01 cdab 003f 0388 011e e1",
         "Data v2 seq 1 - > abcd/-, Enhanced Beacon Filter permit joining"},
	{"42 22 01 cdab 020f 0510 803f",
         "Ack v2 seq 1 - > abcd/-, Time Correction, bad: malformed information element at octet 5 "
         "(7.4.2.7 Time Correction IE: Time Sync Info field, Table 7-8)"},
	{"41 22 01 cdab 003f 0498 00 0100 09", "Data v2 seq 1 - > abcd/-, MPX KMP reserved 0x09"},
	{"41 22 01 cdab 003f 05a8 01 00 0b 00 05",
         "Data v2 seq 1 - > abcd/-, 6P unassigned 0x0b request SF 0 seq 5"},
	/* enhanced beacons */
	{"40 eb cdab ffff 0100010001000100 003f 1a88 061a 4801000000 02 011c 01 01c8 00 0a1b 01 00 "
         "6500 01 "
         "0000 0000 0f",
         "Beacon v2 00:01:00:01:00:01:00:01 > abcd/ffff, ASN 328 join metric 2, timeslot "
         "template 1, hopping sequence 0, slotframe 0 of 101 slots links 1"},
	{"43 22 01 cdab 003f 0388 011e 01 00f8 07",
         "Command v2 seq 1 - > abcd/-, Enhanced Beacon Filter permit joining, Beacon "
         "Request, payload 1"},
	{"43 22 01 cdab 003f 0888 061e 1f 80 32 01 02 03 00f8 07",
         "Command v2 seq 1 - > abcd/-, Enhanced Beacon Filter permit joining LQI 128 "
         "percent 50 attributes 030201, Beacon Request, payload 1"},
	/* header IEs */
	{"41 22 01 cdab 040d 0a00 350c 840d 0102 0a00 820e 2c01 020f ff0f 020f 0100 803f",
         "Data v2 seq 1 - > abcd/-, CSL phase 10 period 3125, RIT first 1 repeat 2 interval "
         "10, Rendezvous Time 300, Time Correction -1 us, Time Correction 1 us"},
	{"41 22 01 cdab 8414 05000000 0400 9bb8ea 01 803f",
         "Data v2 seq 1 - > abcd/-, Global Time 5, Vendor Specific eab89b"},
	/* Wi-SUN */
	{"01 e3 cdab 0100000000000000 0515 01 00 112233 003f 19a0 0688 ff 0a 14 08 01 02 0504 1400 "
         "0002 23 "
         "0805 57692d53554e2d31",
         "Data v2 abcd/00:00:00:00:00:00:00:01 > -, Wi-SUN PAN Advertisement, US dwell "
         "255 ms TR51CF, PAN size 20 cost 512, network \"Wi-SUN-1\""},
	{"01 e3 cdab 0100000000000000 0515 01 02 112233 0615 02 0a00 010203 0215 04 50 003f 34a0 "
         "0c90 00040000 0100 ff 0a 14 10 01 02 0206 0300 2007 0102030405060708 0000000000000000 "
         "0000000000000000 0000000000000000",
         "Data v2 abcd/00:00:00:00:00:00:00:01 > -, Wi-SUN PAN Configuration, BT slot 10, "
         "RSL -94 dBm, BS interval 1024 ms dwell 255 ms DH1CF, PANVER 3, GTKHASH"},
	{"01 e3 cdab 0100000000000000 0515 01 06 112233 0915 09 0102030405060708 003f 0498 00 0100 "
         "01",
         "Data v2 abcd/00:00:00:00:00:00:00:01 > -, Wi-SUN EAPOL, EA "
         "01:02:03:04:05:06:07:08, MPX KMP IEEE 802.1X"},
	{"01 e3 cdab 0100000000000000 0715 0a 09 0500 112233 0315 12 cdab 0115 07 003f 0aa0 0888 "
         "ff 0a 14 00 "
         "01 02 0700 0598 00 0200 01 7a",
         "Data v2 abcd/00:00:00:00:00:00:00:01 > -, Wi-SUN LFN PAN Advertisement, PANID "
         "abcd, Wi-SUN NFT, US dwell 255 ms fixed channel 7, MPX Wi-SUN 6LoWPAN"},
	{"01 e3 cdab 0100000000000000 0515 01 00 112233 003f 0ca0 0a05 1b5b33316d225c0ac3a9",
         "Data v2 abcd/00:00:00:00:00:00:00:01 > -, Wi-SUN PAN Advertisement, network "
         "\"\\x1b[31m\\x22\\x5c\\x0a\\xc3\\xa9\""},
	/* MPX */
	{"41 22 01 cdab 003f 0598 00 eda0 7a33", "Data v2 seq 1 - > abcd/-, MPX 6LoWPAN"},
	{"41 22 01 cdab 003f 0998 2a 00 2c01 0100 06 0102",
         "Data v2 seq 1 - > abcd/-, MPX fragment 0 of 300 octets KMP IEEE 802.11 4-way "
         "handshake transaction 5"},
	{"41 22 01 cdab 003f 0398 2a 01 55",
         "Data v2 seq 1 - > abcd/-, MPX fragment 1 transaction 5"},
	{"41 22 01 cdab 003f 0398 2c 02 55",
         "Data v2 seq 1 - > abcd/-, MPX last fragment 2 transaction 5"},
	{"41 22 01 cdab 003f 0198 2e", "Data v2 seq 1 - > abcd/-, MPX abort transaction 5"},
	{"41 22 01 cdab 003f 0298 09 07",
         "Data v2 seq 1 - > abcd/-, MPX KMP IEEE 802.11 group key handshake"},
	{"41 22 01 cdab 003f 0498 00 dd86 60", "Data v2 seq 1 - > abcd/-, MPX IPv6"},
	/* 6P */
	{"41 22 01 cdab 003f 0da8 c9 00 01 00 2a 0000 03 02 01000000 00f8",
         "Data v2 seq 1 - > abcd/-, 6P ADD request SF 0 seq 42 cells 2 TX RX"},
	{"41 22 01 cdab 003f 0da8 01 00 05 01 2b 0000 01 00 0200 0a00 00f8",
         "Data v2 seq 1 - > abcd/-, 6P LIST request SF 1 seq 43 from 2 at most 10"},
	{"41 22 01 cdab 003f 05a8 c9 10 07 00 2a 00f8",
         "Data v2 seq 1 - > abcd/-, 6P ERR_CELLLIST response SF 0 seq 42"},
	{"41 22 01 cdab 003f 05a8 c9 20 00 00 2a 00f8",
         "Data v2 seq 1 - > abcd/-, 6P SUCCESS confirmation SF 0 seq 42"},
	{"41 22 01 cdab 003f 07a8 c9 00 07 00 2c 0000 00f8",
         "Data v2 seq 1 - > abcd/-, 6P CLEAR request SF 0 seq 44"},
};

Test(frame_words, vectors)
{
	for (unsigned i = 0; i < COUNT(words); i++) {
		uint8_t octets[128];
		size_t n = unhex(octets, sizeof octets, words[i].hex);
		char line[512];

		frame_line(line, sizeof line, guarded(octets, n), n);
		cr_assert_str_eq(line, words[i].line, "%s\n%s", words[i].hex, line);
	}
}

static void check_words(const char *text, size_t n, bool has_lines)
{
	for (size_t i = 0; i < n; i++)
		cr_assert((text[i] >= ' ' && text[i] <= '~') || (has_lines && text[i] == '\n'),
		          "%s", text);
}

Test(frame_words, every_truncation)
{
	static char text[1 << 14];
	uint8_t octets[128];

	for (unsigned i = 0; i < COUNT(words); i++)
		for (size_t n = unhex(octets, sizeof octets, words[i].hex); n != SIZE_MAX; n--) {
			const uint8_t *p = guarded(octets, n);

			check_words(text, frame_line(text, sizeof text, p, n), false);
			check_words(text, frame_text(text, sizeof text, p, n), true);
			check_words(text, frame_json(text, sizeof text, p, n), false);
		}
}

/* A length that lies: every octet of every vector is any other. */
Test(frame_words, every_octet_changed)
{
	static char text[1 << 16];
	uint8_t octets[128];

	for (unsigned i = 0; i < COUNT(words); i++) {
		size_t n = unhex(octets, sizeof octets, words[i].hex);

		for (size_t at = 0; at < n; at++) {
			uint8_t was = octets[at];

			for (unsigned value = 0; value < 256; value += 7) {
				octets[at] = (uint8_t)value;
				const uint8_t *p = guarded(octets, n);

				check_words(text, frame_line(text, sizeof text, p, n), false);
				check_words(text, frame_json(text, sizeof text, p, n), false);
			}
			octets[at] = was;
		}
	}
}

Test(frame_words, escaped)
{
	static const uint8_t octets[] = "a \x1b[31m\"\\\n\xc3\xa9";
	static const char expected[] = "a \\x1b[31m\\x22\\x5c\\x0a\\xc3\\xa9";
	size_t whole = sizeof expected - 1;
	char out[64];

	cr_assert_eq(frame_escape(NULL, 0, octets, sizeof octets - 1), whole);
	for (size_t size = 1; size < sizeof out; size++) {
		memset(out, '#', sizeof out);
		cr_assert_eq(frame_escape(out, size, octets, sizeof octets - 1), whole);
		cr_assert(strlen(out) < size && out[size < whole + 1 ? size : whole + 1] == '#');
		cr_assert_eq(strncmp(out, expected, strlen(out)), 0);
	}
	cr_assert_str_eq(out, expected);
}
