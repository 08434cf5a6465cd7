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
	{"41 20 0a cdab", "Data v2 seq 10 - > abcd/-"},
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
         "Beacon v2 seq 1, ASN 4328719365 join metric 7, MPX, payload 1"},
	{"00 22 01 003f 0888 061a 0504030201 07 00f8 00f8 7a",
         "Beacon v2 seq 1, ASN 4328719365 join metric 7, payload 3"},
	{"4e 01 02", "Fragment, payload 3"},
	{"01 30 01",
         "Data v3 seq 1, bad: reserved frame version at octet 1 (7.2.2.10 Frame Version field)"},
	{"01", "Data, payload 1, bad: ends inside a field at octet 1 (7.2.2 Frame Control field)"},
	{"", "empty, bad: ends inside a field at octet 0 (7.2.2 Frame Control field)"},
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

Test(text, numbers_as_printf_has_them)
{
	static uint8_t octets[2047] = {0x01, 0x00};

	for (unsigned n = 0; n < sizeof octets - 3; n++) {
		char line[256], expected[256];

		octets[2] = (uint8_t)n;
		snprintf(expected, sizeof expected, "Data v0 seq %u, payload %u", n & 0xff, n + 1);
		frame_line(line, sizeof line, octets, 3 + n + 1);
		cr_assert_str_eq(line, expected);
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

/* A header is made in one piece where there is room for the longest one. */
Test(text, every_size_of_buffer_for_long_headers)
{
	static const char *const headers[] = {
		"31 dc ff cdab 0102030405060708 3412 1112131415161718 7a333a",
		"71 ec ff 0102030405060708 1112131415161718 7e33f04d4c4d4c8bf0",
		"fd 49 ff cdab 0102030405060708 1112131415161718 7a333a",
		"f5 ff 0102030405060708 1112131415161718 f17a333a",
	};
	uint8_t octets[256];

	for (unsigned i = 0; i < COUNT(headers); i++) {
		size_t n = unhex(octets, sizeof octets, headers[i]);

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
	{"recoverable fragment", "01 08 05 cdab 3412 e805 0c3c 0040 55", FRAME_HINT_6LOWPAN},
	{"recoverable fragment of nothing", "01 08 05 cdab 3412 e805 0c3c 0040",
         FRAME_HINT_UNKNOWN},
	{"acknowledgment of recoverable fragments", "01 08 05 cdab 3412 ea05 80000000",
         FRAME_HINT_6LOWPAN},
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
	{"MLE behind a recoverable fragment",
         "41 d8 bd cefa ffff 0200000000000a6e e905 003c 00c8 7f33f04d4c4d4c8bf0",
         FRAME_HINT_THREAD_MLE},
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
	/* Sizes whose upper bits look like a version of Zigbee: 1023 to 1344. */
	{"a first fragment of 1023", "41 88 01 4125 0100 0200 c3ff 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a first fragment of 1024", "41 88 01 4125 0100 0200 c400 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a first fragment of 1087", "41 88 01 4125 0100 0200 c43f 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a first fragment of 1280", "41 88 01 4125 0100 0200 c500 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a first fragment of 1343", "41 88 01 4125 0100 0200 c53f 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a first fragment of 1344", "41 88 01 4125 0100 0200 c540 0001 7b333a8000010203",
         FRAME_HINT_6LOWPAN},
	{"a mesh header of eight hops",
         "41 88 01 4125 0100 0200 8800 0102030405060700 0102030405060708 7b33", FRAME_HINT_6LOWPAN},
	{"a mesh header of four hops",
         "41 88 01 4125 0100 0200 8400 0102030405060700 01020304050607 7b33", FRAME_HINT_6LOWPAN},
	{"Zigbee Green Power, commissioning",
         "01 08 31 ffff ffff 8c 30 44332211 03000000 e00281f210", FRAME_HINT_ZIGBEE_GREEN_POWER},
	{"Zigbee Green Power, without extension", "01 08 32 ffff ffff 0c 44332211 10",
         FRAME_HINT_ZIGBEE_GREEN_POWER},
	{"Zigbee Green Power, maintenance", "01 08 32 ffff ffff 0d e3 85",
         FRAME_HINT_ZIGBEE_GREEN_POWER},
	{"Zigbee Green Power, from an extended address",
         "01 c8 33 ffff ffff ffff 8877665544332211 8c 02 01 10", FRAME_HINT_ZIGBEE_GREEN_POWER},
	{"Zigbee Green Power of another version", "01 08 31 ffff ffff 88 30 44332211 03000000 e002",
         FRAME_HINT_UNKNOWN},
	{"Zigbee Green Power of a reserved type", "01 08 31 ffff ffff 8e 30 44332211 03000000 e002",
         FRAME_HINT_UNKNOWN},
	{"Zigbee between PANs", "01 c8 09 ffff ffff 3412 44332211004b1200 0b00 0b 0010005ec01100",
         FRAME_HINT_ZIGBEE},
	{"a command of which nothing is encrypted",
         "4b 98 8e cdab 2402 2400 0d 02000000 01 04 18c7402e", FRAME_HINT_UNKNOWN},
	{"a command with something encrypted",
         "4b 98 8e cdab 2402 2400 0d 02000000 01 0103 18c7402e", FRAME_HINT_ENCRYPTED},
	{"a beacon of which nothing is encrypted",
         "08 90 8e 3131 0000 0d 02000000 01 ffcf 00 00 18c7402e", FRAME_HINT_UNKNOWN},
	{"a beacon with something encrypted",
         "08 90 8e 3131 0000 0d 02000000 01 ffcf 00 00 aa 18c7402e", FRAME_HINT_ENCRYPTED},
	{"a command of 2015, wholly encrypted",
         "4b a8 8e cdab 2402 2400 0d 02000000 01 04 18c7402e", FRAME_HINT_ENCRYPTED},
};

/* What a fault has left may be anything. */
static const char *const damaged[] = {
	"09 18 05 cdab 3412 05 0102",
	"09 18 05 cdab 3412 05 01020304 aabb",
	"01 2a 05 cdab 3412 040d 7a333a",
	"41 18 05 cdab 7a333a7a333a",
};

Test(hint, none_of_a_damaged_remainder)
{
	for (unsigned i = 0; i < COUNT(damaged); i++) {
		uint8_t octets[64];
		size_t n = unhex(octets, sizeof octets, damaged[i]);
		char line[256];
		struct frame f;

		cr_assert(frame_parse(&f, octets, n, FRAME_LENIENT, NULL) < 0 && f.payload.length);
		cr_assert_eq(frame_hint(&f, octets), FRAME_HINT_UNKNOWN, "%s", damaged[i]);
		frame_line(line, sizeof line, octets, n);
		cr_assert(!strchr(strstr(line, "payload"), '(') || strstr(line, "bad:"), "%s",
		          line);
		cr_assert(!strstr(line, "encrypted)") && !strstr(line, "6LoWPAN"), "%s", line);
	}
}

/* --- what must be behind a header --- */

static const struct {
	const char *name, *hex;
	int error; /* FRAME_STRICT */
	unsigned offset;
	const char *field;
} contents[] = {
	{"a command", "03 08 05 cdab 3412 04", 0, 0, ""},
	{"a command without identifier", "03 08 05 cdab 3412", FRAME_ETRUNCATED, 7, "7.5.1"},
	{"one of 2015", "03 28 05 cdab 3412", FRAME_ETRUNCATED, 7, "7.5.1"},
	{"one that is encrypted", "0b 18 05 cdab 3412 05 01020304 aabbccdd", FRAME_ETRUNCATED, 12,
         "7.5.1"},
	{"a command in which all is encrypted", "0b 28 05 cdab 3412 05 01020304 01 aabbccdd", 0, 0,
         ""},
	{"an association request without capability", "03 08 05 cdab 3412 01", FRAME_ETRUNCATED, 8,
         "7.5.2"},
	{"a short association response", "03 08 05 cdab 3412 02 0100", FRAME_ETRUNCATED, 10,
         "7.5.3"},
	{"a beacon", "00 80 05 cdab 3412 ffcf 00 00", 0, 0, ""},
	{"a beacon without superframe", "00 80 05 cdab 3412", FRAME_ETRUNCATED, 7, "7.3.1.4"},
	{"half a superframe", "00 80 05 cdab 3412 ff", FRAME_ETRUNCATED, 7, "7.3.1.4"},
	{"a beacon without GTS field", "00 80 05 cdab 3412 ffcf", FRAME_ETRUNCATED, 9, "7.3.1.5"},
	{"a beacon of 2015 has none", "00 a0 05 cdab 3412", 0, 0, ""},
	{"CSL", "01 2a 05 cdab 3412 040d 01000200 803f", 0, 0, ""},
	{"CSL of three octets", "01 2a 05 cdab 3412 030d 010002 803f", FRAME_EIE, 7, "7.4.2"},
	{"RIT of three octets", "01 2a 05 cdab 3412 830d 010002 803f", FRAME_EIE, 7, "7.4.2"},
	{"Rendezvous Time of three octets", "01 2a 05 cdab 3412 830e 010002 803f", FRAME_EIE, 7,
         "7.4.2"},
	{"Time Correction of one octet", "01 2a 05 cdab 3412 010f 01 803f", FRAME_EIE, 7, "7.4.2"},
	{"Global Time of five octets", "01 2a 05 cdab 3412 8514 0102030405 803f", FRAME_EIE, 7,
         "7.4.2"},
	{"a vendor without its number", "01 2a 05 cdab 3412 0200 0102 803f", FRAME_EIE, 7, "7.4.2"},
	{"a termination with content", "01 2a 05 cdab 3412 813f aa 55", FRAME_EIE, 7, "7.4.2"},
	{"an IE that is not known", "01 2a 05 cdab 3412 0128 aa 803f", 0, 0, ""},
	{"TSCH Synchronization of five octets", "00 22 01 003f 0788 051a 0504030201", FRAME_EIE, 7,
         "7.4.4"},
	{"slotframes that run past", "00 22 01 003f 0788 051b 01 00 0700 01", FRAME_EIE, 7,
         "7.4.4.3"},
	{"fewer slotframes than said", "00 22 01 003f 0788 051b 02 00 0700 00", FRAME_EIE, 7,
         "7.4.4.3"},
	{"a nested IE beyond its group", "00 22 01 003f 0488 091a 0504", FRAME_EIE, 7, "7.4.4.1"},
	{"a nested IE of Wi-SUN", "00 22 01 003f 04a0 0205 4142", 0, 0, ""},
	{"a nested IE of Wi-SUN beyond its group", "00 22 01 003f 04a0 0905 4142", FRAME_EIE, 7,
         "7.4.4.1"},
	{"a fragment is looked at no further", "4e 01 02", 0, 0, ""},
};

Test(text, what_must_be_behind_a_header)
{
	for (unsigned i = 0; i < COUNT(contents); i++) {
		uint8_t octets[64];
		size_t n = unhex(octets, sizeof octets, contents[i].hex);
		const uint8_t *p = guarded(octets, n);
		struct frame_fault fault, again;
		char line[256], json[1024];
		struct frame f;

		cr_assert_eq(frame_parse(&f, p, n, FRAME_RECEIVER, &fault), 0, "%s",
		             contents[i].name);
		cr_assert_eq(frame_check(&f, p, &fault), contents[i].error, "%s", contents[i].name);
		cr_assert_eq(frame_parse(&f, p, n, FRAME_STRICT, &again), contents[i].error, "%s",
		             contents[i].name);
		cr_assert_eq(fault.offset, contents[i].offset, "%s: %zu", contents[i].name,
		             fault.offset);
		cr_assert(!strncmp(fault.field, contents[i].field, strlen(contents[i].field)) &&
		                  !*fault.field == !contents[i].error,
		          "%s: %s", contents[i].name, fault.field);
		cr_assert(again.offset == fault.offset && again.field == fault.field);
		frame_line(line, sizeof line, p, n);
		frame_json(json, sizeof json, p, n);
		cr_assert_eq(!strstr(line, ", bad: "), !contents[i].error, "%s", line);
		cr_assert_eq(!strstr(json, "\"fault\""), !contents[i].error, "%s", json);
	}
}

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
