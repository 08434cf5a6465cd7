/* portable_frame.c - libframe's vectors without a test framework, for machines where there is none
 * (32 bits, big-endian under qemu-user): prints what fails and a closing line, exit status 1 if
 * anything did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/frame_vectors.h"
#include "frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static unsigned passed, failed;

static void check(bool holds, const char *what, const char *name)
{
	if (holds) {
		passed++;
		return;
	}
	failed++;
	printf("FAILED: %s: %s\n", what, name);
}

static size_t unhex(uint8_t *out, const char *hex)
{
	size_t n = 0;

	for (; *hex; hex++) {
		char digits[3] = {hex[0], hex[1], 0};

		if (*hex == ' ')
			continue;
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex++;
	}
	return n;
}

/* --- frames: said as JSON, built again, and no truncation of them does any harm --- */

static void check_json(const struct frame_vector *v, const uint8_t *octets, size_t length)
{
	static char json[8192];

	frame_json(json, sizeof json, octets, length);
	for (char *c = json; *c; c++)
		if (*c == '"')
			*c = '\'';
	check(strcmp(json, v->json) == 0, "JSON", v->name);
}

static void check_rebuilding(const struct frame_vector *v, const uint8_t *octets, size_t length)
{
	uint8_t built[256];
	struct frame f;

	if (frame_parse(&f, octets, length, FRAME_STRICT, NULL))
		return;
	check(frame_build(built, sizeof built, &f, octets) == (int)length &&
	              memcmp(built, octets, length) == 0,
	      "built again", v->name);
}

/* In a block of its own, so that valgrind and sanitizers see an octet too many. */
static void check_truncations(const uint8_t *octets, size_t length)
{
	static char text[8192];

	for (size_t n = 0; n <= length; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		struct frame f;

		memcpy(copy, octets, n);
		frame_parse(&f, copy, n, FRAME_LENIENT, NULL);
		frame_text(text, sizeof text, copy, n);
		frame_line(text, sizeof text, copy, n);
		free(copy);
	}
}

static void check_frames(void)
{
	for (unsigned i = 0; i < COUNT(frame_vectors); i++) {
		uint8_t octets[256];
		size_t n = unhex(octets, frame_vectors[i].hex);

		check_json(&frame_vectors[i], octets, n);
		check_rebuilding(&frame_vectors[i], octets, n);
		check_truncations(octets, n);
	}
}

/* --- check sequences, against one bit at a time --- */

static uint32_t bit_by_bit(uint32_t polynomial, uint32_t remainder, const uint8_t *octets, size_t n)
{
	while (n--) {
		remainder ^= *octets++;
		for (int bit = 0; bit < 8; bit++)
			remainder = remainder & 1 ? remainder >> 1 ^ polynomial : remainder >> 1;
	}
	return remainder;
}

static void check_sequences(void)
{
	static uint8_t octets[300];
	bool right16 = true, right32 = true;

	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 131 + 7);
	for (size_t n = 0; n <= sizeof octets; n++) {
		right16 = right16 && frame_fcs16(octets, n) == bit_by_bit(0x8408, 0, octets, n);
		right32 = right32 &&
		          (n < 4 || frame_fcs32(octets, n) ==
		                            (uint32_t)~bit_by_bit(0xedb88320, ~0u, octets, n));
	}
	check(right16, "FCS-16", "every length");
	check(right32, "FCS-32", "every length");
	check(frame_fcs16((const uint8_t *)"123456789", 9) == 0x2189, "FCS-16", "check value");
	check(frame_fcs32((const uint8_t *)"123456789", 9) == 0xcbf43926, "FCS-32", "check value");
}

/* --- the TAP pseudo-header --- */

static void check_tap(void)
{
	static const char hex[] = "00 00 2000 0000 0100 01000000 0100 0400 000080c2 0300 0300 "
				  "0f000200 0700 0800 0807060504030201";
	const struct frame_tap want = {.fcs_type = FRAME_TAP_FCS16,
	                               .has_rss = true,
	                               .rss = -64,
	                               .has_channel = true,
	                               .channel = 15,
	                               .page = 2,
	                               .has_asn = true,
	                               .asn = 0x0102030405060708};
	uint8_t octets[64], written[FRAME_TAP_MAX];
	size_t n = unhex(octets, hex);
	struct frame_tap tap;

	octets[2] = (uint8_t)n;
	check(frame_tap_parse(&tap, octets, n, NULL) == (int)n, "TAP", "read");
	check(tap.fcs_type == want.fcs_type && tap.rss == want.rss && tap.channel == 15 &&
	              tap.page == 2 && tap.asn == want.asn,
	      "TAP", "what was read");
	check(frame_tap_build(written, sizeof written, &want) == (int)n &&
	              memcmp(written, octets, n) == 0,
	      "TAP", "written");
}

int main(void)
{
	check_frames();
	check_sequences();
	check_tap();
	printf("portable_frame: %u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
