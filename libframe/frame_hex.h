/* frame_hex.h - hexadecimal digits, many at a time; private to libframe. */
#ifndef FRAME_HEX_H
#define FRAME_HEX_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { FRAME_HEX_DIGITS = 8, FRAME_HEX_BLOCK = 16 };

/* Each digit has an octet of a word, in which all become characters at once: without a look-up for
 * each. Compilers make one store of the eight. */
static inline void frame_hex(char out[FRAME_HEX_DIGITS], uint32_t value)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t digits = value, letters;

	digits = (digits | digits << 16) & 0x0000ffff0000ffff;
	digits = (digits | digits << 8) & 0x00ff00ff00ff00ff;
	digits = (digits | digits << 4) & 0x0f0f0f0f0f0f0f0f;
	letters = (digits + 6 * each) >> 4 & each; /* ten and more */
	digits += '0' * each + ('a' - '0' - 10) * letters;
	out[0] = (char)(digits >> 56);
	out[1] = (char)(digits >> 48);
	out[2] = (char)(digits >> 40);
	out[3] = (char)(digits >> 32);
	out[4] = (char)(digits >> 24);
	out[5] = (char)(digits >> 16);
	out[6] = (char)(digits >> 8);
	out[7] = (char)digits;
}

static inline void frame_hex_of(char out[FRAME_HEX_DIGITS], const uint8_t p[4])
{
	frame_hex(out, (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

/* Of as many octets as a register has. */
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
	for (unsigned i = 0; i < FRAME_HEX_BLOCK; i += FRAME_HEX_DIGITS / 2)
		frame_hex_of(out + 2 * i, p + i);
}
#endif

#endif
