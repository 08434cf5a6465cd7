/* frame_digits.h - numbers as characters, two digits at once; private to libframe. */
#ifndef FRAME_DIGITS_H
#define FRAME_DIGITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FRAME_DIGITS_MAX = 20 }; /* of a decimal number of 64 bits */
enum { FRAME_HEX_BLOCK = 16 };  /* octets */

#pragma GCC visibility push(hidden) /* reached without the table of global offsets */
extern const char frame_decimal_pairs[2 * 100 + 1];
extern const char frame_hex_pairs[2 * 256 + 1];
/* Up to three digits, and in the fourth place how many they are. */
extern const char frame_decimal_octets[256][5];
#pragma GCC visibility pop

static inline char *frame_put_pair(char *at, unsigned below_100)
{
	memcpy(at, frame_decimal_pairs + 2 * (size_t)below_100, 2);
	return at + 2;
}

/* As many digits as the number has; at: room for FRAME_DIGITS_MAX. Returns where they end. */
static inline char *frame_put_number(char *at, uint64_t number)
{
	const char *digits;

	if (number > UINT8_MAX) {
		at = frame_put_number(at, number / 100);
		return frame_put_pair(at, (unsigned)(number % 100));
	}
	digits = frame_decimal_octets[number];
	memcpy(at, digits, 4);
	return at + digits[3];
}

static inline char *frame_put_hex(char *at, uint8_t octet)
{
	memcpy(at, frame_hex_pairs + 2 * (size_t)octet, 2);
	return at + 2;
}

/* The lowest octets of a value, the highest of them first. */
static inline char *frame_put_hex_of(char *at, uint64_t value, unsigned octets)
{
	while (octets--)
		at = frame_put_hex(at, (uint8_t)(value >> 8 * octets));
	return at;
}

/* As many octets as a register has. */
#ifdef __SSE2__
static inline __m128i frame_hex_digits(__m128i n)
{
	__m128i letters =
		_mm_and_si128(_mm_cmpgt_epi8(n, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));

	return _mm_add_epi8(_mm_add_epi8(n, _mm_set1_epi8('0')), letters);
}

static inline void frame_hex_block(char out[2 * FRAME_HEX_BLOCK], const uint8_t p[FRAME_HEX_BLOCK])
{
	__m128i octets = _mm_loadu_si128((const void *)p), four = _mm_set1_epi8(0xf);
	__m128i high = _mm_and_si128(_mm_srli_epi16(octets, 4), four);
	__m128i low = _mm_and_si128(octets, four);

	_mm_storeu_si128((void *)out, frame_hex_digits(_mm_unpacklo_epi8(high, low)));
	_mm_storeu_si128((void *)(out + FRAME_HEX_BLOCK),
	                 frame_hex_digits(_mm_unpackhi_epi8(high, low)));
}
#else
static inline void frame_hex_block(char out[2 * FRAME_HEX_BLOCK], const uint8_t p[FRAME_HEX_BLOCK])
{
	for (unsigned i = 0; i < FRAME_HEX_BLOCK; i++)
		out = frame_put_hex(out, p[i]);
}
#endif

#endif
