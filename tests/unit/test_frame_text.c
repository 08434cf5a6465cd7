/* libframe, text: lines as they are meant to look, every size of buffer, hints. */
#include "frame_test.h"
#include "frame_vectors.h"

static const struct {
	const char *hex, *line;
} lines[] = {
	{"02 00 6a", "Ack v0 seq 106"},
	{"61 d8 45 cdab ffff c2a39e00004b1200 7b093a2001",
         "Data v1 seq 69 00:12:4b:00:00:9e:a3:c2 > abcd/ffff, ack request, payload 5 (6LoWPAN)"},
	{"01 88 01 3412 7856 2143 bc9a de", "Data v0 seq 1 4321/9abc > 1234/5678, payload 1"},
	{"41 20 0a cdab", "Data v2 seq 10 - > abcd"},
	{"63 88 87 d2b2 0000 9679 04",
         "Command v0 seq 135 7996 > b2d2/0000, ack request, Data Request, payload 1"},
	{"53 88 87 d2b2 0000 9679 04",
         "Command v0 seq 135 7996 > b2d2/0000, pending, Data Request, payload 1"},
	{"49 a8 8e cdab 2402 2400 0d 02000000 01 6b64600855b8 18c7402e",
         "Data v2 seq 142 0024 > abcd/0224, security ENC-MIC-32 counter 2 key 1, payload 6 "
         "(encrypted), MIC 4"},
	{"4b 98 8e cdab 2402 2400 0d 02000000 01 0455 18c7402e",
         "Command v1 seq 142 0024 > abcd/0224, security ENC-MIC-32 counter 2 key 1, Data Request, "
         "payload 2 (encrypted), MIC 4"},
	{"00 22 01 003f 0888 061a 0504030201 07 0098 00f8 7a",
         "Beacon v2 seq 1, TSCH Synchronization, MPX, payload 1"},
	{"00 22 01 003f 0888 061a 0504030201 07 00f8 00f8 7a",
         "Beacon v2 seq 1, TSCH Synchronization, payload 3"},
	{"4e 01 02", "Fragment, payload 3"},
	{"01 30 01",
         "Data v3 seq 1, bad: reserved frame version at octet 1 (7.2.2.10 Frame Version field)"},
	{"01", "Data, payload 1, bad: ends inside a field at octet 1 (7.2.2 Frame Control field)"},
	{"", "Beacon, bad: ends inside a field at octet 0 (7.2.2 Frame Control field)"},
	{"09 88 05 cdab 3412 cdab 7856 01",
         "Data v0 seq 5 abcd/5678 > abcd/1234, security, payload 1, bad: security of 2003 at octet "
         "0 (9.2 incoming frame security "
         "procedure: UNSUPPORTED_LEGACY)"},
};

Test(text, lines)
{
	for (unsigned i = 0; i < COUNT(lines); i++) {
		uint8_t octets[64];
		size_t n = unhex(octets, sizeof octets, lines[i].hex);
		char line[256];

		cr_assert_eq(frame_line(line, sizeof line, guarded(octets, n), n),
		             strlen(lines[i].line), "%s", line);
		cr_assert_str_eq(line, lines[i].line);
	}
}

Test(text, a_frame_as_indented_lines)
{
	static const char hex[] = "41 eb cdab ffff 0100010001000100 003f 0c88 0a1b 01 01 1100 01 "
				  "0000 0100 06 00f8 7a333a";
	static const char expected[] = "type: Data\n"
				       "version: 2\n"
				       "pan_id_compression: true\n"
				       "destination:\n"
				       "  pan: abcd\n"
				       "  short: ffff\n"
				       "source:\n"
				       "  extended: 0001000100010001\n"
				       "header_ies:\n"
				       "  - name: Header Termination 1\n"
				       "    id: 126\n"
				       "payload_ies:\n"
				       "  - name: MLME\n"
				       "    id: 1\n"
				       "    nested:\n"
				       "      - name: TSCH Slotframe and Link\n"
				       "        id: 27\n"
				       "        slotframe_count: 1\n"
				       "        slotframes:\n"
				       "          - handle: 1\n"
				       "            size: 17\n"
				       "            links:\n"
				       "              - timeslot: 0\n"
				       "                channel_offset: 1\n"
				       "                options: 6\n"
				       "  - name: Payload Termination\n"
				       "    id: 15\n"
				       "payload: 7a333a\n"
				       "hint: 6LoWPAN\n"
				       "dispatch: IPHC\n";
	uint8_t octets[64];
	size_t n = unhex(octets, sizeof octets, hex);
	char text[1024];

	cr_assert_eq(frame_text(text, sizeof text, octets, n), strlen(expected));
	cr_assert_str_eq(text, expected);
}

typedef size_t text_function(char *out, size_t size, const uint8_t *octets, size_t length);

static void check_sizes(text_function *function, const uint8_t *octets, size_t n, bool counts_all)
{
	char whole[4096], cut[4096];
	size_t length = function(whole, sizeof whole, octets, n);

	cr_assert_eq(strlen(whole), length);
	for (size_t size = 0; size <= length + 1; size++) {
		size_t written = size ? (size - 1 < length ? size - 1 : length) : 0;

		memset(cut, '#', sizeof cut);
		cr_assert_eq(function(cut, size, octets, n), counts_all ? length : written);
		cr_assert_eq(strncmp(cut, whole, written), 0);
		cr_assert(size == 0 || cut[written] == 0);
		for (size_t i = size; i < size + 8; i++)
			cr_assert_eq(cut[i], '#');
	}
}

Test(text, every_size_of_buffer)
{
	uint8_t octets[256];

	for (unsigned i = 0; i < COUNT(frame_vectors); i += 3) {
		size_t n = unhex(octets, sizeof octets, frame_vectors[i].hex);

		check_sizes(frame_line, octets, n, false);
		check_sizes(frame_text, octets, n, true);
		check_sizes(frame_json, octets, n, true);
	}
}

static const struct {
	const char *name, *hex;
	enum frame_hint hint;
} hints[] = {
	{"IPHC", "01 08 05 cdab 3412 7a333a", FRAME_HINT_6LOWPAN},
	{"uncompressed IPv6", "01 08 05 cdab 3412 4160000000", FRAME_HINT_6LOWPAN},
	{"HC1", "01 08 05 cdab 3412 42fb6a", FRAME_HINT_6LOWPAN},
	{"first fragment", "01 08 05 cdab 3412 c0ff0001 7a33", FRAME_HINT_6LOWPAN},
	{"further fragment", "01 08 05 cdab 3412 e0ff00010a 55", FRAME_HINT_6LOWPAN},
	{"further fragment of nothing", "01 08 05 cdab 3412 e0ff00010a", FRAME_HINT_UNKNOWN},
	{"mesh header", "01 08 05 cdab 3412 b5 0001 0002 7a33", FRAME_HINT_6LOWPAN},
	{"mesh header that does not fit", "01 08 05 cdab 3412 85 0001 0002", FRAME_HINT_UNKNOWN},
	{"page switch, then IPHC", "01 08 05 cdab 3412 f1 7a33", FRAME_HINT_6LOWPAN},
	{"not a LoWPAN frame", "01 08 05 cdab 3412 010203", FRAME_HINT_UNKNOWN},
	{"MLE", "41 d8 bd cefa ffff 0200000000000a6e 7f33f04d4c4d4c8bf0", FRAME_HINT_THREAD_MLE},
	{"MLE, addresses and hop limit in line",
         "41 d8 bd cefa ffff 0200000000000a6e 7c 00 40 "
         "fe800000000000000000000000000001 fe800000000000000000000000000002 f04d4c4d4c8bf0",
         FRAME_HINT_THREAD_MLE},
	{"MLE behind a first fragment",
         "41 d8 bd cefa ffff 0200000000000a6e c0ff0001 7f33f04d4c4d4c8bf0", FRAME_HINT_THREAD_MLE},
	{"MLE behind a mesh header",
         "41 d8 bd cefa ffff 0200000000000a6e b5 0001 0002 7f33f04d4c4d4c8bf0",
         FRAME_HINT_THREAD_MLE},
	{"MLE behind a mesh header with extended addresses and many hops",
         "41 d8 bd cefa ffff 0200000000000a6e 8f 40 1111111111111111 2222222222222222 "
         "7f33f04d4c4d4c8bf0",
         FRAME_HINT_THREAD_MLE},
	{"UDP, another port", "41 d8 bd cefa ffff 0200000000000a6e 7f33f01633163300",
         FRAME_HINT_6LOWPAN},
	{"MLE, only the source port in 16 bits",
         "41 d8 bd cefa ffff 0200000000000a6e 7f33f14d4c338bf0", FRAME_HINT_THREAD_MLE},
	{"MLE, only the destination port in 16 bits",
         "41 d8 bd cefa ffff 0200000000000a6e 7f33f2334d4c8bf0", FRAME_HINT_THREAD_MLE},
	{"MLE, the shortest that can be told", "41 d8 bd cefa ffff 0200000000000a6e 7f33f2334d4c8b",
         FRAME_HINT_THREAD_MLE},
	{"UDP, both ports in four bits", "41 d8 bd cefa ffff 0200000000000a6e 7f33f34d4c4d4c8b",
         FRAME_HINT_6LOWPAN},
	{"UDP, another port, source in 16 bits",
         "41 d8 bd cefa ffff 0200000000000a6e 7f33f14d4d4c8bf0", FRAME_HINT_6LOWPAN},
	{"UDP header cut", "41 d8 bd cefa ffff 0200000000000a6e 7f33f04d4c4d", FRAME_HINT_6LOWPAN},
	{"Zigbee of 2004", "61 88 83 0480 0000 0100 0412 0000 0100 1e d0", FRAME_HINT_ZIGBEE},
	{"Zigbee, protocol version 0", "61 88 83 0480 0000 0100 0012 0000 0100 1e d0",
         FRAME_HINT_UNKNOWN},
	{"Zigbee, protocol version 3", "61 88 83 0480 0000 0100 0c12 0000 0100 1e d0",
         FRAME_HINT_UNKNOWN},
	{"Zigbee, reserved frame type", "61 88 83 0480 0000 0100 0a12 0000 0100 1e d0",
         FRAME_HINT_UNKNOWN},
	{"Zigbee from an end device, with its addresses",
         "61 88 83 0480 0000 0100 083a 0000 0100 1e d0", FRAME_HINT_ZIGBEE},
	{"Zigbee, reserved bits", "61 88 83 0480 0000 0100 0892 0000 0100 1e d0",
         FRAME_HINT_UNKNOWN},
	{"shorter than Zigbee's network header", "61 88 83 0480 0000 0100 0812 0000 0100 1e",
         FRAME_HINT_UNKNOWN},
	{"Zigbee data", "61 88 83 0480 0000 0100 0812 0000 0100 1e d0", FRAME_HINT_ZIGBEE},
	{"Zigbee command", "61 88 83 0480 0000 0100 0912 fcff 0100 01 d0", FRAME_HINT_ZIGBEE},
	{"Zigbee, discover route", "61 88 83 0480 0000 0100 4802 0000 0100 1e d0",
         FRAME_HINT_ZIGBEE},
	{"Zigbee's network header with an extended source",
         "41 d8 83 0480 0000 0200000000000a6e 0812 0000 0100 1e d0", FRAME_HINT_UNKNOWN},
	{"Zigbee beacon", "00 80 82 3131 0000 ffcf 00 00 00 22 84 e0d91b0054781500 ffffff 00",
         FRAME_HINT_ZIGBEE},
	{"a beacon of Zigbee 2004",
         "00 80 82 3131 0000 ffcf 00 00 00 12 84 e0d91b0054781500 ffffff 00", FRAME_HINT_ZIGBEE},
	{"a beacon of protocol version 3",
         "00 80 82 3131 0000 ffcf 00 00 00 32 84 e0d91b0054781500 ffffff 00", FRAME_HINT_UNKNOWN},
	{"another beacon", "00 80 82 3131 0000 ffcf 00 00 03 22 84 e0d91b0054781500 ffffff 00",
         FRAME_HINT_UNKNOWN},
	{"encrypted", "49 98 8e cdab 2402 2400 0d 02000000 01 7a33 18c7402e", FRAME_HINT_ENCRYPTED},
	{"authenticated only", "49 98 8e cdab 2402 2400 09 02000000 01 7a333a 18c7402e",
         FRAME_HINT_6LOWPAN},
	{"no payload", "01 08 05 cdab 3412", FRAME_HINT_UNKNOWN},
	{"an ack", "02 00 05", FRAME_HINT_UNKNOWN},
	{"a command", "03 08 05 cdab 3412 7a333a", FRAME_HINT_UNKNOWN},
};

Test(hint, payloads)
{
	for (unsigned i = 0; i < COUNT(hints); i++) {
		uint8_t octets[80];
		size_t n = unhex(octets, sizeof octets, hints[i].hex);
		const uint8_t *p = guarded(octets, n);
		struct frame f;

		cr_assert_eq(frame_parse(&f, p, n, FRAME_RECEIVER, NULL), 0, "%s", hints[i].name);
		cr_assert_eq(frame_hint(&f, p), hints[i].hint, "%s: %s", hints[i].name,
		             frame_hint_name(frame_hint(&f, p)));
		while (n--) { /* and no truncation reads too far */
			frame_parse(&f, guarded(octets, n), n, FRAME_LENIENT, NULL);
			frame_hint(&f, guarded(octets, n));
		}
	}
	cr_assert_str_eq(frame_hint_name(FRAME_HINT_THREAD_MLE), "Thread MLE");
	cr_assert_str_eq(frame_hint_name((enum frame_hint)99), "unknown");
}

/* RFC 6282, figures 2 to 5: octets in line, by the bits of the two octets of a header whose next
 * header is compressed. */
static size_t in_line(unsigned bits)
{
	static const size_t traffic[] = {4, 3, 1, 0}, source[] = {16, 8, 2, 0},
			    stateful_source[] = {0, 8, 2, 0};
	static const size_t group[] = {16, 6, 4, 1};
	size_t n = traffic[bits >> 11 & 3] + !(bits >> 8 & 3) + (bits >> 7 & 1);

	n += (bits & 0x40 ? stateful_source : source)[bits >> 4 & 3];
	if (bits & 0x08)
		return n + (bits & 0x04 ? 6 : group[bits & 3]);
	return n + (bits & 0x04 ? stateful_source : source)[bits & 3];
}

Test(hint, mle_behind_every_compressed_header)
{
	static const uint8_t udp[] = {0xf0, 0x4d, 0x4c, 0x4d, 0x4c, 0x8b, 0xf0};
	const struct frame f = {.type = FRAME_DATA, .payload.length = 64};
	uint8_t octets[64];

	for (unsigned bits = 0; bits < 0x2000; bits++) {
		if (!(bits & 0x400))
			continue; /* the next header in line */
		memset(octets, 0, sizeof octets);
		octets[0] = (uint8_t)(0x60 | bits >> 8);
		octets[1] = (uint8_t)bits;
		memcpy(octets + 2 + in_line(bits), udp, sizeof udp);
		cr_assert_eq(frame_hint(&f, octets), FRAME_HINT_THREAD_MLE, "%04x", bits);
	}
}

Test(hint, dispatches)
{
	cr_assert_str_eq(frame_dispatch_name(0x41), "IPv6");
	cr_assert_str_eq(frame_dispatch_name(0x7f), "IPHC");
	cr_assert_str_eq(frame_dispatch_name(0xc7), "FRAG1");
	cr_assert_str_eq(frame_dispatch_name(0xe0), "FRAGN");
	cr_assert_str_eq(frame_dispatch_name(0xbf), "mesh");
	cr_assert_null(frame_dispatch_name(0x00));
	cr_assert_null(frame_dispatch_name(0x48));
}
