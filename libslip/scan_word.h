/* scan_word.h - eight octets at a time in a general register, in either byte order: what is plain, and words of nothing
 * but escapes. */
#ifndef SLIP_SCAN_WORD_H
#define SLIP_SCAN_WORD_H

#include <string.h>

#include "scan.h"

enum { WORD = sizeof(uint64_t), HALF = WORD / 2 };

#define EACH_OCTET(x) (UINT64_C(0x0101010101010101) * (x))
#define EACH_PAIR(x)  (UINT64_C(0x0001000100010001) * (x))

/* Where the two octets of a pair are in it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { FIRST = 0, SECOND = 8 };
#else
enum { FIRST = 8, SECOND = 0 };
#endif

/* END and ESC differ in these bits, the lowest among them, which alone is different in ESC_END and ESC_ESC. */
enum { DIFFERENCE = SLIP_END ^ SLIP_ESC };

static inline uint64_t load_word(const uint8_t *in)
{
	uint64_t word;

	memcpy(&word, in, WORD);
	return word;
}

static inline void store_word(uint8_t *out, uint64_t word)
{
	memcpy(out, &word, WORD);
}

/* The highest bit of octets that are zero, and perhaps of some that follow one. */
static inline uint64_t zero_octets(uint64_t word)
{
	return (word - EACH_OCTET(0x01)) & ~word & EACH_OCTET(0x80);
}

static inline bool has_special(uint64_t word)
{
	return (zero_octets(word ^ EACH_OCTET(SLIP_END)) | zero_octets(word ^ EACH_OCTET(SLIP_ESC))) != 0;
}

/* Every bit but the highest of octets that are zero. */
static inline uint64_t not_zero(uint64_t word)
{
	return ((word & EACH_OCTET(0x7F)) + EACH_OCTET(0x7F)) | word;
}

/* Octets before the first END or ESC; there is one. */
static inline size_t plain_in_word(uint64_t word)
{
	uint64_t plain = not_zero(word ^ EACH_OCTET(SLIP_END)) & not_zero(word ^ EACH_OCTET(SLIP_ESC));
	uint64_t special = ~plain & EACH_OCTET(0x80);

	return (size_t)(SECOND > FIRST ? __builtin_ctzll(special) : __builtin_clzll(special)) / 8;
}

/* Lanes that are 1 for ESC and 0 for END, four octets to pairs and back. */
static inline uint64_t spread_lanes(uint64_t is_esc)
{
	is_esc = (is_esc | is_esc << 16) & UINT64_C(0x0000FFFF0000FFFF);
	return (is_esc | is_esc << 8) & EACH_PAIR(0x00FF);
}

static inline uint32_t squeezed_lanes(uint64_t is_esc)
{
	is_esc = (is_esc | is_esc >> 8) & UINT64_C(0x0000FFFF0000FFFF);
	return (uint32_t)(is_esc | is_esc >> 16);
}

#define ESCAPED_ENDS EACH_PAIR(SLIP_ESC << FIRST | SLIP_ESC_END << SECOND)

/* A word of nothing but escapes, if there is one. */
static inline bool unescape_word(uint8_t *out, const uint8_t *in)
{
	uint64_t is_esc = load_word(in) ^ ESCAPED_ENDS;
	uint32_t half;

	if (is_esc & ~EACH_PAIR(1 << SECOND))
		return false;
	half = squeezed_lanes(is_esc >> SECOND) * DIFFERENCE ^ (uint32_t)EACH_OCTET(SLIP_END);
	memcpy(out, &half, HALF);
	return true;
}

/* A word of nothing but ENDs and ESCs, if there is one. */
static inline bool escape_word(uint8_t *out, const uint8_t *in)
{
	uint64_t word = load_word(in) ^ EACH_OCTET(SLIP_END), is_esc = word & EACH_OCTET(1), low, high;

	if (word != is_esc * DIFFERENCE)
		return false;
	low = spread_lanes(is_esc & UINT32_MAX) << SECOND | ESCAPED_ENDS;
	high = spread_lanes(is_esc >> 32) << SECOND | ESCAPED_ENDS;
	store_word(out, SECOND > FIRST ? low : high);
	store_word(out + WORD, SECOND > FIRST ? high : low);
	return true;
}

#endif
