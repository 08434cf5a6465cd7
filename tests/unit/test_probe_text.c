/* bin/common/probe/text: what a mote prints is told from frames, and no frame is lost to it. */
#include "inputs.h"

#include "frame.h"
#include "probe/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct probe_text sort(const void *octets, size_t length)
{
	return probe_text_sort(guarded(octets, length), length);
}

/* A string literal's octets, and how many. */
#define OCTETS(s) (const uint8_t *)(s), sizeof(s) - 1

static const struct vector {
	const uint8_t *octets;
	size_t length;
	enum probe_text_kind kind;
	size_t text;
	const char *why;
} vectors[] = {
	{OCTETS("[WARN: CSMA] ack timeout, seqno 7\n"), PROBE_TEXT_ALL, 34, "a line of a log"},
	{OCTETS("\r[INFO: Main] Starting Contiki-NG\n"), PROBE_TEXT_ALL, 34, "Contiki's mark"},
	{OCTETS("\n*** Booting Zephyr OS ***\r\n"), PROBE_TEXT_ALL, 28, "parses as a frame"},
	{OCTETS("A -> B is a data frame of version 2"), PROBE_TEXT_ALL, 35, "so does this"},
	{OCTETS("\x1b[0;32mok\x1b[0m\tdone"), PROBE_TEXT_ALL, 18, "colours and a TAB"},
	{OCTETS("boot"), PROBE_TEXT_ALL, 4, "the shortest"},
	{OCTETS("abc"), PROBE_TEXT_NONE, 0, "shorter than text"},
	{OCTETS("T: 21 \xc2\xb0"
                "C, 3.3 V, 55 % RH\n"),
         PROBE_TEXT_ALL, 26, "nearly text"},
	{OCTETS("boot\n\x41\x88\x01\x41\x25\x01\x00\x02\x00\x7b\x33"), PROBE_TEXT_BEFORE, 5,
         "text and a frame"},
	{OCTETS("boot\r\nready\r\n\x61\xdc\x01\x41\x25\x01\x02\x03\x04\x05\x06\x07\x08\x11\x12\x13"
                "\x14\x15\x16\x17\x18\x00"),
         PROBE_TEXT_BEFORE, 13, "two lines and a frame"},
	{OCTETS("boot\n\n\x22\x07"
                "\x0d\x01\x00\x00\x00\x01\xaa\xbb\xcc\xdd"),
         PROBE_TEXT_BEFORE, 5, "text, and an ACK that begins with a LF"},
	{OCTETS("boot\n\x02\x00\x6a"), PROBE_TEXT_BEFORE, 5, "text and an ACK"},
	{OCTETS("boot\n\x02\x00"), PROBE_TEXT_NONE, 0, "the rest is no frame"},
	{OCTETS("\x02\x00\x6a"), PROBE_TEXT_NONE, 0, "an ACK"},
	{OCTETS("\x0a\x22\x07\x0d\x01\x00\x00\x00\x01\xaa\xbb\xcc\xdd"), PROBE_TEXT_NONE, 0,
         "a secured Enhanced ACK"},
	{OCTETS("\x0a\x2a\x07\x41\x25\x23\x21\x0d\x01\x00\x00\x00\x01\xaa\xbb\xcc\xdd"),
         PROBE_TEXT_NONE, 0, "a secured Enhanced ACK with a destination"},
	{OCTETS("\x0a\x2a\x07\x41\x25\x23\x0a\x0d\x01\x00\x00\x00\x01\xaa\xbb\xcc\xdd"),
         PROBE_TEXT_NONE, 0, "the same with a LF in its address: it parses whole"},
	{OCTETS("\x0a\x22\x07\x41\x0a\x41\x88\x01\x41\x25\x01\x00\x02\x00\x7b"), PROBE_TEXT_NONE, 0,
         "an Enhanced ACK of which a rest parses"},
	{OCTETS("\x0d\x40\x31\x32\x33\x34\x35\x80"), PROBE_TEXT_NONE, 0, "multipurpose"},
	{OCTETS("\x61\x88\x01\x41\x25\x01\x00\x02\x00\x7b"), PROBE_TEXT_NONE, 0, "61 88"},
	{OCTETS("\x61\xdc\x01\x41\x25\x01\x02\x03\x04\x05\x06\x07\x08\x11\x12\x13\x14\x15\x16\x17"
                "\x18\x00"),
         PROBE_TEXT_NONE, 0, "61 dc"},
	{OCTETS("\xa9\x40\x01\x12\x34\xaa\xbb"), PROBE_TEXT_OTHER, 0, "CoAP"},
	{OCTETS("\xa9\x80\x01\x12\x34\xaa\xbb"), PROBE_TEXT_NONE, 0, "no version of CoAP"},
	{OCTETS("\x45\x00\x00\x14\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"),
         PROBE_TEXT_OTHER, 0, "IPv4"},
	{OCTETS("\x45\x50\x00\x15\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
                "\x00"),
         PROBE_TEXT_OTHER, 0, "IPv4 with a type of service"},
	{OCTETS("\x45\x50\x00\x16\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02"
                "\x00"),
         PROBE_TEXT_NONE, 0, "an IPv4 length that does not fit"},
};

Test(probe_text, vectors)
{
	for (unsigned i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct probe_text t = sort(v->octets, v->length);

		cr_expect_eq(t.kind, v->kind, "%s: kind %d", v->why, t.kind);
		cr_expect_eq(t.length, v->text, "%s: %zu octets of text", v->why, t.length);
		cr_expect_eq(t.what != NULL, v->kind == PROBE_TEXT_OTHER);
	}
}

Test(probe_text, no_truncation_reads_beyond_it)
{
	for (unsigned i = 0; i < COUNT(vectors); i++)
		for (size_t n = 0; n <= vectors[i].length; n++) {
			struct probe_text t = sort(vectors[i].octets, n);

			cr_assert(t.length <= n);
		}
}

/* 0x61 to 0x6f begin nearly all unicast frames: never an IP packet, whatever fits. */
Test(probe_text, first_octets_of_frames_are_no_ip)
{
	uint8_t packet[48] = {0x60, 0, 0, 0, 0, 8, 17, 64, 0xff, 0x02};

	cr_assert_eq(sort(packet, sizeof packet).kind, PROBE_TEXT_OTHER);
	for (uint8_t first = 0x61; first <= 0x6f; first++) {
		packet[0] = first;
		cr_assert_eq(sort(packet, sizeof packet).kind, PROBE_TEXT_NONE, "%02x", first);
	}
}

/* Letters whose last two or four octets are the right FCS. */
Test(probe_text, a_right_fcs_is_never_text)
{
	uint8_t text[] = "\n\"I am a frame after all\n......";
	size_t n = sizeof text - 1;
	unsigned tries = 0;

	do {
		snprintf((char *)text + 4, 8, "%06u", tries++);
		text[10] = 'x';
		uint16_t fcs = frame_fcs16(text, n - 2);

		text[n - 2] = (uint8_t)fcs;
		text[n - 1] = (uint8_t)(fcs >> 8);
	} while (!probe_text_only(text, n));
	cr_assert_eq(sort(text, n).kind, PROBE_TEXT_NONE);
	text[5] ^= 1;
	cr_assert_eq(sort(text, n).kind, PROBE_TEXT_ALL);
}

/* Frames with addresses, random in all that may be random. */
Test(probe_text, no_frame_with_addresses_is_lost)
{
	static const uint8_t starts[][2] = {{0x41, 0x88}, {0x61, 0x88}, {0x61, 0xdc}, {0x41, 0xd8},
	                                    {0x63, 0x88}, {0x23, 0xc8}, {0x00, 0x80}};
	uint8_t frame[127];

	random_seed("test_probe_text");
	for (unsigned i = 0; i < 300000; i++) {
		size_t n = 23 + random_next() % (sizeof frame - 23);

		for (size_t j = 0; j < n; j++)
			frame[j] = (uint8_t)random_next();
		memcpy(frame, starts[i % COUNT(starts)], 2);
		cr_assert_eq(probe_text_sort(frame, n).kind, PROBE_TEXT_NONE, "frame %u", i);
		for (size_t j = 2; j < n; j++)
			frame[j] = (uint8_t)(0x20 + frame[j] % 0x5f);
		cr_assert_eq(probe_text_sort(frame, n).kind, PROBE_TEXT_NONE, "printable %u", i);
	}
}

static bool is_a_frame(const uint8_t *octets, size_t length)
{
	struct frame f;
	int error = frame_parse(&f, octets, length, FRAME_RECEIVER, NULL);

	return error == 0 || error == FRAME_ESECURITY;
}

Test(probe_text, secured_acks_and_multipurpose_frames_are_not_lost)
{
	uint8_t frame[40];

	random_seed("test_probe_text");
	for (unsigned i = 0; i < 300000; i++) {
		size_t n = 20 + random_next() % (20);

		for (size_t j = 0; j < n; j++)
			frame[j] = (uint8_t)random_next();
		/* Security level 5, key identifier mode 1, a counter that has just begun. */
		static const uint8_t security[] = {0x0d, 0, 0, 0, 0, 1};
		memcpy(frame, i & 1 ? "\x0a\x22" : "\x0a\x2a", 2);
		if (i & 2)
			memcpy(frame + (i & 1 ? 3 : 7), security, sizeof security);
		/* A security header that is drawn at random may be none. */
		if (i & 2 || is_a_frame(frame, n))
			cr_assert_eq(probe_text_sort(frame, n).kind, PROBE_TEXT_NONE, "ACK %u", i);
		memcpy(frame, "\x0d\x40", 2);
		frame[3] = 0x81;
		cr_assert_eq(probe_text_sort(frame, n).kind, PROBE_TEXT_NONE, "multipurpose %u", i);
	}
}

Test(probe_text, lines)
{
	static const char text[] = "\n\r boot\r\n\r\nready \n  ";
	const uint8_t *octets = (const uint8_t *)text, *line;
	size_t at = 0, n;

	cr_assert(probe_text_line(octets, sizeof text - 1, &at, &line, &n));
	cr_assert(n == 4 && memcmp(line, "boot", 4) == 0);
	cr_assert(probe_text_line(octets, sizeof text - 1, &at, &line, &n));
	cr_assert(n == 6 && memcmp(line, "ready ", 6) == 0);
	cr_assert_not(probe_text_line(octets, sizeof text - 1, &at, &line, &n));
	cr_assert_eq(at, sizeof text - 1);
}
