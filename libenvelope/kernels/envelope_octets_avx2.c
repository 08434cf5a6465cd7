#include "envelope_octets.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

/* Reads 32 characters at a time, with no branch on what they are: compares give bit masks, PEXT
 * picks. */
#define TARGET __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))

enum { BLOCK = 32 };

/* What is carried from one block to the next. */
struct carry {
	__m256i text, digits;
	uint32_t comma;
};

TARGET static inline __m256i table(const uint8_t entries[16])
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)entries));
}

TARGET static inline uint32_t bits(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

TARGET static inline __m256i equal(__m256i v, char c)
{
	return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

TARGET static inline __m256i digits(__m256i v)
{
	__m256i value = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
}

/* The octets some places before each of now's. */
#define BEFORE(now, before, places)                                                                \
	_mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 16 - (places))

/* At each comma the value of the number before it; *bad: where there is anything but numbers,
 * commas and single spaces behind them. */
TARGET static inline __m256i values(__m256i text, struct carry *c, uint32_t *commas, uint32_t *bad)
{
	/* As in the AVX-512 kernel. */
	static const uint8_t tens_of[16] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90},
			     hundreds_of[16] = {0, 100, 200};
	static const uint8_t below_of[16] = {255, 255, 56};
	__m256i d = digits(text), d1 = BEFORE(d, c->digits, 1), d2 = BEFORE(d, c->digits, 2),
		d3 = BEFORE(d, c->digits, 3);
	__m256i before1 = BEFORE(text, c->text, 1), before2 = BEFORE(text, c->text, 2),
		before3 = BEFORE(text, c->text, 3);
	__m256i two_before = _mm256_and_si256(d2, d3), comma = equal(text, ','),
		space = equal(text, ' ');
	__m256i ones = _mm256_and_si256(before1, _mm256_set1_epi8(15));
	__m256i low = _mm256_add_epi8(
		ones, _mm256_and_si256(d2, _mm256_shuffle_epi8(table(tens_of), before2)));
	__m256i below = _mm256_blendv_epi8(
		_mm256_set1_epi8(-1), _mm256_shuffle_epi8(table(below_of), before3), two_before);
	__m256i over = _mm256_cmpeq_epi8(_mm256_max_epu8(low, below), low);
	__m256i two_digits = _mm256_and_si256(d, d1);
	__m256i too_many = _mm256_and_si256(two_digits, two_before);
	__m256i leading_zero =
		_mm256_andnot_si256(d2, _mm256_and_si256(two_digits, equal(before1, '0')));
	__m256i no_number = _mm256_and_si256(
		comma, _mm256_or_si256(over, _mm256_andnot_si256(d1, _mm256_set1_epi8(-1))));

	*commas = bits(comma);
	*bad = ~bits(_mm256_or_si256(d, _mm256_or_si256(comma, space))) |
	       (bits(space) & ~(*commas << 1 | c->comma)) |
	       bits(_mm256_or_si256(no_number, _mm256_or_si256(too_many, leading_zero)));
	*c = (struct carry){text, d, *commas >> (BLOCK - 1)};
	return _mm256_add_epi8(
		low,
		_mm256_and_si256(two_before, _mm256_shuffle_epi8(table(hundreds_of), before3)));
}

/* Eight values, those at the commas. Writes eight. */
TARGET static inline size_t pick(uint8_t *out, uint64_t eight, uint32_t commas)
{
	uint64_t picked = _pext_u64(eight, _pdep_u64(commas, UINT64_C(0x0101010101010101)) * 255);

	memcpy(out, &picked, sizeof(picked));
	return (size_t)_mm_popcnt_u32(commas);
}

TARGET static inline size_t pick_all(uint8_t *out, __m256i found, uint32_t commas)
{
	size_t count = 0;

	count += pick(out, (uint64_t)_mm256_extract_epi64(found, 0), commas & 255);
	count += pick(out + count, (uint64_t)_mm256_extract_epi64(found, 1), commas >> 8 & 255);
	count += pick(out + count, (uint64_t)_mm256_extract_epi64(found, 2), commas >> 16 & 255);
	return count + pick(out + count, (uint64_t)_mm256_extract_epi64(found, 3), commas >> 24);
}

TARGET static struct envelope_octets_run read_octets(uint8_t *out, size_t size, const uint8_t *text,
                                                     size_t n)
{
	struct envelope_octets_run run = {0, 0};
	struct carry carry = {_mm256_set1_epi8(' '), _mm256_setzero_si256(), 0};
	uint8_t last[BLOCK] = {0};

	for (size_t at = 0; at < n && size - run.count >= BLOCK; at += BLOCK) {
		const uint8_t *block = text + at;
		uint32_t commas, bad;
		__m256i found;

		if (n - at < BLOCK)
			block = memcpy(last, block, n - at);
		found = values(_mm256_loadu_si256((const __m256i *)block), &carry, &commas, &bad);
		commas &= _blsmsk_u32(bad) & ~bad;
		run.count += pick_all(out + run.count, found, commas);
		if (commas)
			run.used = at + BLOCK - (size_t)_lzcnt_u32(commas);
		if (bad)
			break;
	}
	return run;
}

TARGET static size_t write_octets(char *out, size_t size, const uint8_t *octets, size_t n)
{
	return envelope_octets_scalar.write(out, size, octets, n);
}

const struct envelope_octets_kernel envelope_octets_avx2 = {"avx2", read_octets, write_octets};
#endif
