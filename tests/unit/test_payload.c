/* bin/common/packet/payload: frames cut at every octet and with every octet changed, flush against
 * an unreadable page; words from outside; what fuzzing started from. That the words are right is
 * held against tshark (tests/e2e/test_words.py), from which the frames are. */
#include "fuzz_replay.h"
#include "inputs.h"

#include "../fuzz/fuzz_packet_payload.c"
#include "base/escape.h"
#include "packet/payload.h"
#include "processor_seconds.h"

static const char file[] = "tests/data/packet/fuzz_packet_payload.hex";

static void check(const uint8_t *octets, size_t n)
{
	static char text[JSON_LINE_MAX];
	struct envelope_packet p = {guarded(octets, n), n, 0, ENVELOPE_LINK_IEEE802_15_4_NOFCS};

	require_printable(text, readable_frame(text, sizeof text, &p));
	require_printable(text, json_frame(text, sizeof text, &p));
}

static int every_cut_and_change(const uint8_t *in, size_t n)
{
	uint8_t octets[1024];

	for (size_t length = 0; length <= n; length++)
		check(in, length);
	if (n > sizeof octets)
		return 0;
	for (size_t at = 0; at < n; at++)
		for (unsigned value = 0; value < 256; value += 51) {
			memcpy(octets, in, n);
			octets[at] = (uint8_t)value;
			check(octets, n);
		}
	return 0;
}

Test(payload, every_cut_and_change)
{
	processor_seconds(120);
	replay(file, every_cut_and_change);
}

Test(payload, what_fuzzing_found)
{
	processor_seconds(60);
	replay(file, LLVMFuzzerTestOneInput);
}

/* The text of a line passes escape unchanged: there is nothing left in it to be escaped. */
static int escaped(const uint8_t *in, size_t n)
{
	struct envelope_packet p = {in, n, 0, ENVELOPE_LINK_IEEE802_15_4_NOFCS};
	char line[READABLE_MAX], shown[READABLE_MAX];
	size_t length = readable_frame(line, sizeof line, &p);

	cr_assert_eq(escape(shown, sizeof shown, line, length), length);
	cr_assert_str_eq(shown, line);
	return 0;
}

Test(payload, nothing_is_left_to_escape)
{
	processor_seconds(60);
	replay(file, escaped);
}

/* payload_parse does not ask libframe about a compressed header; what would it say? */
Test(payload, a_compressed_header_is_what_libframe_takes_it_for)
{
	static const uint8_t controls[][2] = {{0x41, 0x88}, {0x49, 0x98}, {0x49, 0xa8},
	                                      {0x02, 0x00}, {0x0d, 0x05}, {0x05, 0x00},
	                                      {0x00, 0x80}, {0x23, 0xc8}};
	unsigned asked = 0, said_so = 0;

	random_seed("payload");
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t octets[40];
		size_t n = 2 + random_next() % (sizeof octets - 1);
		struct payload payload;
		struct frame f;

		for (size_t at = 0; at < sizeof octets; at++)
			octets[at] = (uint8_t)(random_next() >> 56);
		memcpy(octets, controls[random_next() >> 61], 2);
		frame_parse(&f, octets, n, FRAME_LENIENT, NULL);
		f.decrypted = f.security_enabled && random_next() >> 63;
		if (!f.payload.length || f.payload_ies.length)
			continue;
		octets[f.payload.offset] = (uint8_t)(0x60 | octets[f.payload.offset]) & 0x7f;
		enum frame_hint hint = frame_hint(&f, octets);
		bool is_lowpan = hint == FRAME_HINT_6LOWPAN || hint == FRAME_HINT_THREAD_MLE;
		cr_assert_eq(payload_parse(&payload, &f, octets), is_lowpan, "hint %d", hint);
		asked++;
		said_so += is_lowpan;
	}
	cr_assert(said_so > 1000 && asked - said_so > 1000, "%u of %u", said_so, asked);
}

Test(payload, words_from_outside)
{
	/* CoAP, Uri-Path: what would turn a terminal red, end a string and a line. */
	static const uint8_t coap[] = {0x41, 0x88, 1,    0xcd, 0xab, 2,    0,    1,   0, 0x7e,
	                               0x33, 0xf4, 0x16, 0x33, 0x16, 0x33, 0x40, 1,   0, 7,
	                               0xb7, 0x1b, '[',  '3',  '1',  'm',  '"',  '\n'};
	struct envelope_packet p = {coap, sizeof coap, 0, ENVELOPE_LINK_IEEE802_15_4_NOFCS};
	char line[READABLE_MAX];
	static char json[JSON_LINE_MAX];

	readable_frame(line, sizeof line, &p);
	cr_assert(strstr(line, ", CoAP CON GET mid 7 \"/\\x1b[31m\\x22\\x0a\""), "%s", line);
	json_frame(json, sizeof json, &p);
	cr_assert(strstr(json, "\"path\":\"/\\\\x1b[31m\\\\x22\\\\x0a\""), "%s", json);
}

/* Headers that hold each other: neither the stack nor the time grows with the frame. */
Test(payload, nested_without_end)
{
	static const uint8_t rounds[][3] = {{0xe1, 0x00}, {0xef, 0x7f, 0x33}, {0xf1}, {0xb0, 0, 0}};
	static uint8_t octets[60000];

	processor_seconds(20);
	for (unsigned i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
		memset(octets, 0, sizeof octets);
		memcpy(octets, (uint8_t[]){0x41, 0x88, 1, 0xcd, 0xab, 2, 0, 1, 0, 0x7e, 0x33}, 11);
		for (size_t at = i < 2 ? 11 : 9; at + 3 < sizeof octets; at += i == 0   ? 2
		                                                               : i == 2 ? 1
		                                                                        : 3)
			memcpy(octets + at, rounds[i], i == 0 ? 2 : i == 2 ? 1 : 3);
		check(octets, sizeof octets);
	}
}
