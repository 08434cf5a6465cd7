/* scan_word.h - eight octets, or four, at a time in a general register, in either byte order: what
 * is plain, and words of nothing but escapes. */
#ifndef SLIP_SCAN_WORD_H
#define SLIP_SCAN_WORD_H

#include <string.h>

#include "scan.h"

#if UINTPTR_MAX > UINT32_MAX
typedef uint64_t word_t;
typedef uint32_t half_t;
#else
typedef uint32_t word_t;
typedef uint16_t half_t;
#endif

enum { WORD = sizeof(word_t), HALF = sizeof(half_t) };

#define EACH_OCTET(x) ((word_t)-1 / 0xFF * (x))
#define EACH_PAIR(x)  ((word_t)-1 / 0xFFFF * (x))
#define EACH_FOUR(x)  ((word_t)-1 / 0xFFFFFFFF * (x))

/* Where the two octets of a pair are in it. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { FIRST = 0, SECOND = 8 };
#else
enum { FIRST = 8, SECOND = 0 };
#endif

/* END and ESC differ in these bits, the lowest among them, which alone is different in ESC_END and
 * ESC_ESC. */
enum { DIFFERENCE = SLIP_END ^ SLIP_ESC };

static inline word_t load_word(const uint8_t *in)
{
	word_t word;

	memcpy(&word, in, WORD);
	return word;
}

static inline void store_word(uint8_t *out, word_t word)
{
	memcpy(out, &word, WORD);
}

/* The highest bit of octets that are zero, and perhaps of some that follow one. */
static inline word_t zero_octets(word_t word)
{
	return (word - EACH_OCTET(0x01)) & ~word & EACH_OCTET(0x80);
}

static inline bool has_special(word_t word)
{
	return (zero_octets(word ^ EACH_OCTET(SLIP_END)) |
	        zero_octets(word ^ EACH_OCTET(SLIP_ESC))) != 0;
}

/* Every bit but the highest of octets that are zero. */
static inline word_t not_zero(word_t word)
{
	return ((word & EACH_OCTET(0x7F)) + EACH_OCTET(0x7F)) | word;
}

/* Octets before the first END or ESC; there is one. */
static inline size_t plain_in_word(word_t word)
{
	word_t plain =
		not_zero(word ^ EACH_OCTET(SLIP_END)) & not_zero(word ^ EACH_OCTET(SLIP_ESC));
	word_t special = ~plain & EACH_OCTET(0x80);

	if (SECOND > FIRST)
		return (size_t)__builtin_ctzll(special) / 8;
	return (size_t)__builtin_clzll(special) / 8 - (sizeof(unsigned long long) - WORD);
}

/* Lanes that are 1 for ESC and 0 for END: the octets of half a word to pairs, and back. */
static inline word_t expanded_lanes(half_t is_esc)
{
	word_t lanes = is_esc;

	if (WORD > 4)
		lanes = (lanes | lanes << 16) & EACH_FOUR(0x0000FFFF);
	return (lanes | lanes << 8) & EACH_PAIR(0x00FF);
}

static inline half_t compacted_lanes(word_t is_esc)
{
	is_esc |= is_esc >> 8;
	if (WORD > 4) {
		is_esc &= EACH_FOUR(0x0000FFFF);
		is_esc |= is_esc >> 16;
	}
	return (half_t)is_esc;
}

#define ESCAPED_ENDS EACH_PAIR(SLIP_ESC << FIRST | SLIP_ESC_END << SECOND)

/* A word of nothing but escapes, if there is one. */
static inline bool unescape_word(uint8_t *out, const uint8_t *in)
{
	word_t is_esc = load_word(in) ^ ESCAPED_ENDS;
	half_t half;

	if (is_esc & ~EACH_PAIR(1 << SECOND))
		return false;
	half = (half_t)(compacted_lanes(is_esc >> SECOND) * DIFFERENCE ^ EACH_OCTET(SLIP_END));
	memcpy(out, &half, HALF);
	return true;
}

/* A word of nothing but ENDs and ESCs, if there is one. */
static inline bool escape_word(uint8_t *out, const uint8_t *in)
{
	word_t word = load_word(in) ^ EACH_OCTET(SLIP_END), is_esc = word & EACH_OCTET(1), low,
	       high;

	if (word != is_esc * DIFFERENCE)
		return false;
	low = expanded_lanes((half_t)is_esc) << SECOND | ESCAPED_ENDS;
	high = expanded_lanes((half_t)(is_esc >> 8 * HALF)) << SECOND | ESCAPED_ENDS;
	store_word(out, SECOND > FIRST ? low : high);
	store_word(out + WORD, SECOND > FIRST ? high : low);
	return true;
}

#endif
