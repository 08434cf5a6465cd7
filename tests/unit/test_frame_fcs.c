/* libframe, frame check sequences: against one bit at a time, at every length and alignment, with
 * and without carry-less multiplication; TI's octets. */
#include "frame_test.h"

/* The same file again, without what only some processors have. */
#define FRAME_FCS_PLAIN
#define frame_fcs16    plain_fcs16
#define frame_fcs16_ok plain_fcs16_ok
#define frame_fcs32    plain_fcs32
#define frame_fcs32_ok plain_fcs32_ok
uint16_t plain_fcs16(const uint8_t *octets, size_t length);
bool plain_fcs16_ok(const uint8_t *octets, size_t length);
uint32_t plain_fcs32(const uint8_t *octets, size_t length);
bool plain_fcs32_ok(const uint8_t *octets, size_t length);
#include "../../libframe/frame_fcs.c"
#undef frame_fcs16
#undef frame_fcs16_ok
#undef frame_fcs32
#undef frame_fcs32_ok

enum { LONG = 1100 };

static uint32_t bit_by_bit(uint32_t polynomial, uint32_t remainder, const uint8_t *octets, size_t n)
{
	while (n--) {
		remainder ^= *octets++;
		for (int bit = 0; bit < 8; bit++)
			remainder = remainder & 1 ? remainder >> 1 ^ polynomial : remainder >> 1;
	}
	return remainder;
}

static uint32_t fcs32_bit_by_bit(const uint8_t *octets, size_t n)
{
	uint8_t padded[4] = {0};

	memcpy(padded, octets, n < 4 ? n : 4);
	return ~(n < 4 ? bit_by_bit(0xedb88320, ~0u, padded, 4)
	               : bit_by_bit(0xedb88320, ~0u, octets, n));
}

Test(fcs, check_values)
{
	const uint8_t *digits = (const uint8_t *)"123456789";
	const uint8_t ack[] = {0x02, 0x00, 0x6a, 0xe4, 0x79};

	cr_assert_eq(frame_fcs16(digits, 9), 0x2189);
	cr_assert_eq(frame_fcs32(digits, 9), 0xcbf43926);
	cr_assert(frame_fcs16_ok(ack, sizeof ack));
	cr_assert_eq(frame_fcs16(digits, 0), 0);
}

/* 7.2.11's example of the FCS-32: an Imm-Ack, three octets, padded to four for the computation
 * only */
Test(fcs, fewer_than_four_octets_are_padded)
{
	const uint8_t ack[] = {0x02, 0x00, 0x56}, padded[] = {0x02, 0x00, 0x56, 0x00};

	cr_assert_eq(frame_fcs32(ack, 3), frame_fcs32(padded, 4));
	for (size_t n = 0; n < 4; n++)
		cr_assert_eq(frame_fcs32(guarded(padded, n), n), fcs32_bit_by_bit(padded, n));
}

Test(fcs, every_length)
{
	uint8_t octets[LONG];

	random_seed("test_frame_fcs");
	random_octets(octets, sizeof octets);
	for (size_t n = 0; n <= LONG; n++) {
		const uint8_t *p = guarded(octets, n);

		cr_assert_eq(frame_fcs16(p, n), bit_by_bit(0x8408, 0, octets, n), "%zu", n);
		cr_assert_eq(plain_fcs16(p, n), bit_by_bit(0x8408, 0, octets, n), "%zu", n);
		cr_assert_eq(frame_fcs32(p, n), fcs32_bit_by_bit(octets, n), "%zu", n);
		cr_assert_eq(plain_fcs32(p, n), fcs32_bit_by_bit(octets, n), "%zu", n);
	}
}

Test(fcs, every_alignment)
{
	uint8_t octets[LONG + 64];

	random_seed("test_frame_fcs");
	random_octets(octets, sizeof octets);
	for (size_t shift = 0; shift < 64; shift++)
		for (size_t n = 60; n < 320; n += 13) {
			cr_assert_eq(frame_fcs16(octets + shift, n),
			             bit_by_bit(0x8408, 0, octets + shift, n));
			cr_assert_eq(frame_fcs32(octets + shift, n),
			             fcs32_bit_by_bit(octets + shift, n));
		}
}

Test(fcs, one_bit_wrong_is_found)
{
	uint8_t octets[131];
	uint32_t fcs;

	random_seed("test_frame_fcs");
	random_octets(octets, 127);
	put_le(octets + 127, frame_fcs16(octets, 127), 2);
	cr_assert(frame_fcs16_ok(octets, 129));
	for (size_t bit = 0; bit < 129 * 8; bit++) {
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_not(frame_fcs16_ok(octets, 129));
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	fcs = frame_fcs32(octets, 127);
	put_le(octets + 127, fcs, 4);
	cr_assert(frame_fcs32_ok(octets, 131));
	octets[5] ^= 0x10;
	cr_assert_not(frame_fcs32_ok(octets, 131));
}

Test(fcs, too_short_for_a_check_sequence)
{
	const uint8_t octets[4] = {0};

	cr_assert_not(frame_fcs16_ok(guarded(octets, 0), 0));
	cr_assert_not(frame_fcs16_ok(guarded(octets, 1), 1));
	cr_assert(frame_fcs16_ok(guarded(octets, 2), 2), "no octets have a sequence of zeros");
	for (size_t n = 0; n < 4; n++)
		cr_assert_not(frame_fcs32_ok(guarded(octets, n), n));
}

Test(ti, every_value)
{
	for (unsigned i = 0; i < 0x10000; i++) {
		uint8_t octets[2] = {(uint8_t)i, (uint8_t)(i >> 8)}, again[2];
		struct frame_ti ti;

		frame_ti_parse(&ti, octets);
		cr_assert_eq(ti.rssi, i & 0x80 ? (int)(i & 0xff) - 256 : (int)(i & 0xff));
		cr_assert_eq(ti.crc_ok, i >> 15);
		cr_assert_eq(ti.correlation, i >> 8 & 0x7f);
		frame_ti_build(again, &ti);
		cr_assert_arr_eq(octets, again, 2);
	}
}
