#include "envelope_octets.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* Reads 64 characters, writes 12 octets at a time, with no branch on what they are: compares give
 * bit masks, VPCOMPRESSB picks. */
#define TARGET                                                                                     \
	__attribute__((                                                                            \
		target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,lzcnt,popcnt")))

enum { BLOCK = 64 };

TARGET static inline uint64_t low_bits(size_t n)
{
	return n < BLOCK ? _bzhi_u64(~UINT64_C(0), (unsigned)n) : ~UINT64_C(0);
}

/* --- reading --- */

enum { NUMBERS_MAX = BLOCK / 2 }; /* commas in a block, with a digit before each */

/* A block and the characters 1, 2 and 3 places before each of its own. */
struct view {
	__m512i text, before1, before2, before3;
};

struct masks {
	uint64_t digits, commas;
};

TARGET static inline __m512i table(const uint8_t entries[16])
{
	return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)entries));
}

TARGET static inline uint64_t equal(__m512i v, char c)
{
	return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

TARGET static inline uint64_t digits(__m512i v)
{
	return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('0')),
	                              _mm512_set1_epi8(10));
}

TARGET static inline uint64_t shifted(uint64_t now, uint64_t before, unsigned places)
{
	return now << places | before >> (BLOCK - places);
}

/* Nothing is read before the first block: there are spaces. */
TARGET static inline __m512i moved(__m512i text, unsigned places)
{
	static const uint8_t positions[BLOCK] = {
		0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
		32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
		48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
	};
	__m512i from =
		_mm512_sub_epi8(_mm512_loadu_si512(positions), _mm512_set1_epi8((char)places));

	return _mm512_mask_permutexvar_epi8(_mm512_set1_epi8(' '), ~low_bits(places), from, text);
}

TARGET static inline struct view first_view(const uint8_t *text, uint64_t readable)
{
	__m512i v = _mm512_maskz_loadu_epi8(readable, text);

	return (struct view){v, moved(v, 1), moved(v, 2), moved(v, 3)};
}

TARGET static inline struct view next_view(const uint8_t *text, uint64_t readable)
{
	return (struct view){_mm512_maskz_loadu_epi8(readable, text),
	                     _mm512_maskz_loadu_epi8(readable, text - 1),
	                     _mm512_maskz_loadu_epi8(readable, text - 2),
	                     _mm512_maskz_loadu_epi8(readable, text - 3)};
}

/* At each comma the value of the number before it; *bad: where there is anything but numbers,
 * commas and single spaces behind them. */
TARGET static inline __m512i values(const struct view *v, const struct masks *before,
                                    struct masks *now, uint64_t *bad)
{
	/* What a digit is worth by its place, found by the low half of its character. */
	static const uint8_t tens_of[16] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90},
			     hundreds_of[16] = {0, 100, 200};
	/* What tens and ones must be below: 56 behind 2, nothing goes behind 3 and more. */
	static const uint8_t below_of[16] = {255, 255, 56};
	uint64_t d = digits(v->text), d1 = shifted(d, before->digits, 1),
		 d2 = shifted(d, before->digits, 2), d3 = shifted(d, before->digits, 3);
	uint64_t commas = equal(v->text, ','), spaces = equal(v->text, ' '),
		 zero_before = equal(v->before1, '0'), over;
	__m512i ones = _mm512_and_si512(v->before1, _mm512_set1_epi8(15));
	__m512i low =
		_mm512_add_epi8(ones, _mm512_maskz_shuffle_epi8(d2, table(tens_of), v->before2));
	__m512i below = _mm512_mask_shuffle_epi8(_mm512_set1_epi8(-1), d2 & d3, table(below_of),
	                                         v->before3);

	over = _mm512_cmpge_epu8_mask(low, below);
	*bad = ~(d | commas | spaces) | (spaces & ~shifted(commas, before->commas, 1)) |
	       (commas & (~d1 | over)) | (d & d1 & d2 & d3) | (d & d1 & ~d2 & zero_before);
	*now = (struct masks){d, commas};
	return _mm512_add_epi8(low,
	                       _mm512_maskz_shuffle_epi8(d2 & d3, table(hundreds_of), v->before3));
}

TARGET static struct envelope_octets_run read_octets(uint8_t *out, size_t size, const uint8_t *text,
                                                     size_t n)
{
	struct envelope_octets_run run = {0, 0};
	struct masks before = {0, 0}, now;

	for (size_t at = 0; at < n; at += BLOCK, before = now) {
		uint64_t readable = low_bits(n - at), bad, good;
		struct view view =
			at == 0 ? first_view(text, readable) : next_view(text + at, readable);
		__m512i found = values(&view, &before, &now, &bad);
		size_t count;

		good = now.commas & _blsmsk_u64(bad) & ~bad;
		count = (size_t)_mm_popcnt_u64(good);
		if (count > size - run.count)
			break;
		found = _mm512_maskz_compress_epi8(good, found);
		if (size - run.count >= NUMBERS_MAX)
			_mm256_storeu_si256((__m256i *)(out + run.count),
			                    _mm512_castsi512_si256(found));
		else
			_mm512_mask_storeu_epi8(out + run.count, low_bits(count), found);
		run.count += count;
		if (good)
			run.used = at + BLOCK - (size_t)_lzcnt_u64(good);
		if (bad)
			break;
	}
	return run;
}

/* --- writing --- */

/* Twelve octets make 60 characters: hundreds, tens, ones, comma, space. What is not wanted is then
 * left out. */
enum { GROUP = 12, TURN = BLOCK / GROUP * GROUP, EACH = OCTET_TEXT_MAX };
static const uint64_t hundreds_at = UINT64_C(0x0084210842108421), tens_at = hundreds_at << 1,
		      ones_at = hundreds_at << 2,
		      always_at = hundreds_at << 2 | hundreds_at << 3 | hundreds_at << 4;

#define TIMES5(a) a, a, a, a, a
static const uint8_t spread[BLOCK] = {TIMES5(0), TIMES5(1), TIMES5(2),  TIMES5(3),
                                      TIMES5(4), TIMES5(5), TIMES5(6),  TIMES5(7),
                                      TIMES5(8), TIMES5(9), TIMES5(10), TIMES5(11)};
static const char separators[BLOCK + 1] =
	"   ,    ,    ,    ,    ,    ,    ,    ,    ,    ,    ,    ,     ";

struct decimals {
	__m512i hundreds, tens, ones; /* as characters */
	uint64_t from_10, from_100;
};

TARGET static inline struct decimals decimals_of(__m512i x)
{
	const __m512i tenth = _mm512_set1_epi16(6554), ten = _mm512_set1_epi8(10),
		      zero = _mm512_set1_epi8('0'), one = _mm512_set1_epi8(1);
	__m512i even = _mm512_mulhi_epu16(_mm512_and_si512(x, _mm512_set1_epi16(255)), tenth);
	__m512i odd = _mm512_mulhi_epu16(_mm512_srli_epi16(x, 8), tenth);
	__m512i quotient = _mm512_or_si512(even, _mm512_slli_epi16(odd, 8));
	__m512i times10 =
		_mm512_add_epi8(_mm512_slli_epi16(quotient, 3), _mm512_slli_epi16(quotient, 1));
	__mmask64 from_100 = _mm512_cmpge_epu8_mask(x, _mm512_set1_epi8(100)),
		  from_200 = _mm512_cmpge_epu8_mask(x, _mm512_set1_epi8((char)200));
	struct decimals d = {.from_10 = _mm512_cmpge_epu8_mask(x, ten), .from_100 = from_100};

	d.ones = _mm512_add_epi8(_mm512_sub_epi8(x, times10), zero);
	d.tens = _mm512_add_epi8(quotient, zero);
	d.tens = _mm512_mask_sub_epi8(d.tens, from_100, d.tens, ten);
	d.tens = _mm512_mask_sub_epi8(d.tens, from_200, d.tens, ten);
	d.hundreds = _mm512_mask_add_epi8(zero, from_100, zero, one);
	d.hundreds = _mm512_mask_add_epi8(d.hundreds, from_200, d.hundreds, one);
	return d;
}

/* Octets first to first + GROUP of those in d, but not over count. Returns the characters that
 * count; writes BLOCK. */
TARGET static inline size_t write_group(char *out, const struct decimals *d, unsigned first,
                                        size_t count)
{
	__m512i from = _mm512_add_epi8(_mm512_loadu_si512(spread), _mm512_set1_epi8((char)first));
	__m512i text = _mm512_loadu_si512(separators);
	uint64_t keep = always_at | _pdep_u64(d->from_100 >> first, hundreds_at) |
	                _pdep_u64(d->from_10 >> first, tens_at);

	text = _mm512_mask_permutexvar_epi8(text, hundreds_at, from, d->hundreds);
	text = _mm512_mask_permutexvar_epi8(text, tens_at, from, d->tens);
	text = _mm512_mask_permutexvar_epi8(text, ones_at, from, d->ones);
	keep &= low_bits(count * EACH);
	_mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, text));
	return (size_t)_mm_popcnt_u64(keep);
}

TARGET static size_t write_octets(char *out, size_t size, const uint8_t *octets, size_t n)
{
	size_t at = 0, i = 0;

	while (i < n && size - at >= TURN * EACH + BLOCK) {
		size_t turn = n - i < TURN ? n - i : TURN;
		struct decimals d =
			decimals_of(_mm512_maskz_loadu_epi8(low_bits(turn), octets + i));

		for (size_t first = 0; first < turn; first += GROUP)
			at += write_group(out + at, &d, (unsigned)first, turn - first);
		i += turn;
	}
	return i == n ? at - 2
	              : at + envelope_octets_scalar.write(out + at, size - at, octets + i, n - i);
}

const struct envelope_octets_kernel envelope_octets_avx512 = {"avx512", read_octets, write_octets};
#endif
