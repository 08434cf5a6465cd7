/* frame_fcs.c - frame check sequences of 7.2.11: a table look-up an octet, sixteen octets at a
 * time, or carry-less multiplication where the processor has it. Both rest on this: zeros before a
 * message change nothing when the remainder starts at zero. So the octets that are over come first,
 * behind zeros that fill a block, and whole blocks of sixteen follow. */
#include "frame.h"

#include <string.h>

#include "frame_octets.h"

/* Row k, entry b: the remainder of an octet with bit b set when k octets follow it. The tables are
 * linear in these. */
#define FCS16_TABLES(ROW)                                                                          \
	ROW(0x1189, 0x2312, 0x4624, 0x8c48, 0x1081, 0x2102, 0x4204, 0x8408),                       \
		ROW(0x19d8, 0x33b0, 0x6760, 0xcec0, 0x9591, 0x2333, 0x4666, 0x8ccc),               \
		ROW(0x5adc, 0xb5b8, 0x6361, 0xc6c2, 0x8595, 0x033b, 0x0676, 0x0cec),               \
		ROW(0x1cbb, 0x3976, 0x72ec, 0xe5d8, 0xc3a1, 0x8f53, 0x16b7, 0x2d6e),               \
		ROW(0x0b44, 0x1688, 0x2d10, 0x5a20, 0xb440, 0x6091, 0xc122, 0x8a55),               \
		ROW(0x042b, 0x0856, 0x10ac, 0x2158, 0x42b0, 0x8560, 0x02d1, 0x05a2),               \
		ROW(0x9fd5, 0x37bb, 0x6f76, 0xdeec, 0xb5c9, 0x6383, 0xc706, 0x861d),               \
		ROW(0x81bf, 0x0b6f, 0x16de, 0x2dbc, 0x5b78, 0xb6f0, 0x65f1, 0xcbe2),               \
		ROW(0x4dfd, 0x9bfa, 0x3fe5, 0x7fca, 0xff94, 0xf739, 0xe663, 0xc4d7),               \
		ROW(0x2c27, 0x584e, 0xb09c, 0x6929, 0xd252, 0xacb5, 0x517b, 0xa2f6),               \
		ROW(0x5591, 0xab22, 0x5e55, 0xbcaa, 0x7145, 0xe28a, 0xcd05, 0x921b),               \
		ROW(0x8555, 0x02bb, 0x0576, 0x0aec, 0x15d8, 0x2bb0, 0x5760, 0xaec0),               \
		ROW(0x05ad, 0x0b5a, 0x16b4, 0x2d68, 0x5ad0, 0xb5a0, 0x6351, 0xc6a2),               \
		ROW(0x7eea, 0xfdd4, 0xf3b9, 0xef63, 0xd6d7, 0xa5bf, 0x436f, 0x86de),               \
		ROW(0x482a, 0x9054, 0x28b9, 0x5172, 0xa2e4, 0x4dd9, 0x9bb2, 0x3f75),               \
		ROW(0x8e10, 0x1431, 0x2862, 0x50c4, 0xa188, 0x4b01, 0x9602, 0x2415)

#define FCS32_TABLES(ROW)                                                                          \
	ROW(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190,    \
	    0xedb88320),                                                                           \
		ROW(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2,        \
	            0xf0794f05, 0x3b83984b),                                                       \
		ROW(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0,        \
	            0x709a8dc0, 0xe1351b80),                                                       \
		ROW(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e,        \
	            0x9b14583d, 0xed59b63b),                                                       \
		ROW(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04,        \
	            0x58f35849, 0xb1e6b092),                                                       \
		ROW(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536,        \
	            0x0f580a6c, 0x1eb014d8),                                                       \
		ROW(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c,        \
	            0x440b7579, 0x8816eaf2),                                                       \
		ROW(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256,        \
	            0x299dc2ed, 0x533b85da),                                                       \
		ROW(0x177b1443, 0x2ef62886, 0x5dec510c, 0xbbd8a218, 0xacc04271, 0x82f182a3,        \
	            0xde920307, 0x6655004f),                                                       \
		ROW(0xefc26b3e, 0x04f5d03d, 0x09eba07a, 0x13d740f4, 0x27ae81e8, 0x4f5d03d0,        \
	            0x9eba07a0, 0xe6050901),                                                       \
		ROW(0xc18edfc0, 0x586cb9c1, 0xb0d97382, 0xbac3e145, 0xaef6c4cb, 0x869c8fd7,        \
	            0xd64819ef, 0x77e1359f),                                                       \
		ROW(0x9ba54c6f, 0xec3b9e9f, 0x03063b7f, 0x060c76fe, 0x0c18edfc, 0x1831dbf8,        \
	            0x3063b7f0, 0x60c76fe0),                                                       \
		ROW(0xdd96d985, 0x605cb54b, 0xc0b96a96, 0x5a03d36d, 0xb407a6da, 0xb37e4bf5,        \
	            0xbd8d91ab, 0xa06a2517),                                                       \
		ROW(0x9d0fe176, 0xe16ec4ad, 0x19ac8f1b, 0x33591e36, 0x66b23c6c, 0xcd6478d8,        \
	            0x41b9f7f1, 0x8373efe2),                                                       \
		ROW(0xb9fbdbe8, 0xa886b191, 0x8a7c6563, 0xcf89cc87, 0x44629f4f, 0x88c53e9e,        \
	            0xcafb7b7d, 0x4e87f0bb),                                                       \
		ROW(0xae689191, 0x87a02563, 0xd4314c87, 0x73139f4f, 0xe6273e9e, 0x173f7b7d,        \
	            0x2e7ef6fa, 0x5cfdedf4)

#define T1(x, a)                   (x), (x) ^ (a)
#define T2(x, a, b)                T1(x, a), T1((x) ^ (b), a)
#define T3(x, a, b, c)             T2(x, a, b), T2((x) ^ (c), a, b)
#define T4(x, a, b, c, d)          T3(x, a, b, c), T3((x) ^ (d), a, b, c)
#define T5(x, a, b, c, d, e)       T4(x, a, b, c, d), T4((x) ^ (e), a, b, c, d)
#define T6(x, a, b, c, d, e, f)    T5(x, a, b, c, d, e), T5((x) ^ (f), a, b, c, d, e)
#define T7(x, a, b, c, d, e, f, g) T6(x, a, b, c, d, e, f), T6((x) ^ (g), a, b, c, d, e, f)
#define TABLE(a, b, c, d, e, f, g, h)                                                              \
	{                                                                                          \
		T7(0, a, b, c, d, e, f, g), T7(h, a, b, c, d, e, f, g)                             \
	}

static const uint16_t fcs16_tables[16][256] = {FCS16_TABLES(TABLE)};
static const uint32_t fcs32_tables[16][256] = {FCS32_TABLES(TABLE)};

enum { BLOCK = 16 };

/* What the first block takes: the octets that make no whole block, or all of one. */
static size_t octets_over(size_t length)
{
	return length ? (length - 1) % BLOCK + 1 : 0;
}

static uint16_t fcs16_block(uint16_t fcs, const uint8_t *p)
{
	uint16_t sum = fcs16_tables[15][(p[0] ^ fcs) & 0xff] ^ fcs16_tables[14][p[1] ^ fcs >> 8];

	for (unsigned i = 2; i < BLOCK; i++)
		sum ^= fcs16_tables[15 - i][p[i]];
	return sum;
}

static uint32_t fcs32_block(uint32_t fcs, const uint8_t *p)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 4; i++)
		sum ^= fcs32_tables[15 - i][(p[i] ^ fcs >> 8 * i) & 0xff];
	for (unsigned i = 4; i < BLOCK; i++)
		sum ^= fcs32_tables[15 - i][p[i]];
	return sum;
}

static uint16_t plain16(const uint8_t *octets, size_t length)
{
	size_t over = octets_over(length);
	uint8_t block[BLOCK] = {0};
	uint16_t fcs;

	if (over)
		memcpy(block + BLOCK - over, octets, over);
	fcs = fcs16_block(0, block);
	for (size_t at = over; at < length; at += BLOCK)
		fcs = fcs16_block(fcs, octets + at);
	return fcs;
}

/* The remainder starts at all ones: as it does behind these four octets when it starts at zero. */
static const uint8_t all_ones_after[4] = {0x62, 0xf5, 0x26, 0x92};

static uint32_t plain32(const uint8_t *octets, size_t length)
{
	size_t over = octets_over(length);
	uint8_t start[2 * BLOCK] = {0};
	uint32_t fcs;

	memcpy(start + sizeof start - over - 4, all_ones_after, 4);
	if (over)
		memcpy(start + sizeof start - over, octets, over);
	fcs = fcs32_block(fcs32_block(0, start), start + BLOCK);
	for (size_t at = over; at < length; at += BLOCK)
		fcs = fcs32_block(fcs, octets + at);
	return ~fcs;
}

#if defined(__x86_64__) && defined(__GNUC__) && !defined(FRAME_FCS_PLAIN)
#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul,ssse3")))

/* Polynomials are reflected, at the top of 64 bits. That of FCS-16 is taken times x^16: both have
 * degree 32 then, and the remainder is that of FCS-16 times x^16. */
struct polynomial {
	uint64_t one[2];  /* x^(127 + 64), x^127 modulo it: one block ahead */
	uint64_t four[2]; /* x^(511 + 64), x^511: four */
	uint64_t half[2]; /* x^95: half a block ahead; and 0 */
	uint64_t itself;  /* without x^32 */
	uint64_t inverse; /* x^96 divided by it, without x^0 */
};

static const struct polynomial fcs16_polynomial = {
	.one = {0xa95d000000000000, 0x7eea000000000000},
	.four = {0x9822000000000000, 0x7f90000000000000},
	.half = {0x000081bf00000000},
	.itself = 0x0000840800000000,
	.inverse = 0x859b040b1c581911,
};
static const struct polynomial fcs32_polynomial = {
	.one = {0x65673b4600000000, 0x9ba54c6f00000000},
	.four = {0x653d982200000000, 0xcad38e8f00000000},
	.half = {0xccaa009e00000000},
	.itself = 0xedb8832000000000,
	.inverse = 0xb4e5b025f7011641,
};

static inline __m128i load(const void *p)
{
	return _mm_loadu_si128(p);
}

static inline CLMUL __m128i fold(__m128i x, __m128i by)
{
	return _mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11));
}

static inline CLMUL __m128i fold_and_add(__m128i x, __m128i by, const uint8_t *p)
{
	return _mm_xor_si128(fold(x, by), load(p));
}

/* Four blocks side by side, because a multiplication takes longer than it keeps the multiplier
 * busy. *octets, *length: as they go. */
static inline CLMUL __m128i fold_four(__m128i x, const uint8_t **octets, size_t *length,
                                      const struct polynomial *k)
{
	__m128i by = load(k->four), one = load(k->one), y, z, w;
	const uint8_t *p = *octets;

	y = load(p + 16);
	z = load(p + 32);
	w = load(p + 48);
	x = _mm_xor_si128(x, load(p));
	for (p += 64, *length -= 64; *length >= 64; p += 64, *length -= 64) {
		x = fold_and_add(x, by, p);
		y = fold_and_add(y, by, p + 16);
		z = fold_and_add(z, by, p + 32);
		w = fold_and_add(w, by, p + 48);
	}
	*octets = p;
	y = _mm_xor_si128(y, fold(x, one));
	z = _mm_xor_si128(z, fold(y, one));
	return _mm_xor_si128(w, fold(z, one));
}

/* The remainder of a block, times x^32: half of it goes half a block ahead, which leaves 96 bits,
 * and these are divided (Barrett). */
static inline CLMUL uint32_t reduce(__m128i x, const struct polynomial *k)
{
	__m128i by = load(&k->itself);
	__m128i y = _mm_clmulepi64_si128(x, load(k->half), 0x00);
	__m128i high = _mm_xor_si128(_mm_srli_si128(y, 4), _mm_srli_si128(x, 8));
	__m128i quotient = _mm_clmulepi64_si128(high, by, 0x10);
	__m128i z = _mm_clmulepi64_si128(quotient, by, 0x00);
	__m128i low = _mm_xor_si128(_mm_srli_epi64(y, 32), _mm_srli_epi64(z, 31));

	return (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(low, 8));
}

/* The remainder of a block and octets[0..length), a multiple of BLOCK, behind it. */
static inline CLMUL uint32_t remainder_of(__m128i x, const uint8_t *octets, size_t length,
                                          const struct polynomial *k)
{
	__m128i one = load(k->one);

	if (length >= 64) {
		x = fold(x, one); /* past the first block of the four */
		x = fold_four(x, &octets, &length, k);
	}
	for (; length; octets += BLOCK, length -= BLOCK)
		x = fold_and_add(x, one, octets);
	return reduce(x, k);
}

/* The first n octets of a block, 1 to 16, behind zeros; or what is left of it then. */
static inline CLMUL __m128i behind_zeros(__m128i block, size_t n)
{
	static const uint8_t from[3 * BLOCK] = {
		0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80, 0,    1,    2,    3,    4,    5,    6,    7,
		8,    9,    10,   11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	};

	return _mm_shuffle_epi8(block, load(from + n));
}

static CLMUL uint16_t clmul16(const uint8_t *octets, size_t length)
{
	size_t over = octets_over(length);
	__m128i x = behind_zeros(load(octets), over);

	return (uint16_t)remainder_of(x, octets + over, length - over, &fcs16_polynomial);
}

/* That the remainder starts at all ones is the same as that the first four octets are inverted. */
static CLMUL uint32_t clmul32(const uint8_t *octets, size_t length)
{
	size_t over = octets_over(length);
	__m128i ones = _mm_cvtsi32_si128(-1);
	__m128i x = behind_zeros(_mm_xor_si128(load(octets), ones), over);

	x = fold_and_add(x, load(fcs32_polynomial.one), octets + over);
	x = _mm_xor_si128(x, behind_zeros(ones, over + BLOCK));
	over += BLOCK;
	return ~remainder_of(x, octets + over, length - over, &fcs32_polynomial);
}

static bool may_clmul(size_t length, size_t least)
{
	return length >= least && __builtin_cpu_supports("pclmul") &&
	       __builtin_cpu_supports("ssse3");
}
#else
#define may_clmul(length, least) false
#define clmul16                  plain16
#define clmul32                  plain32
#endif

uint16_t frame_fcs16(const uint8_t *octets, size_t length)
{
	return may_clmul(length, BLOCK) ? clmul16(octets, length) : plain16(octets, length);
}

bool frame_fcs16_ok(const uint8_t *octets, size_t length)
{
	return length >= FRAME_FCS16_SIZE &&
	       frame_fcs16(octets, length - 2) == get_le16(octets + length - 2);
}

uint32_t frame_fcs32(const uint8_t *octets, size_t length)
{
	uint8_t padded[4] = {0};

	if (may_clmul(length, 2 * BLOCK))
		return clmul32(octets, length);
	if (length >= 4)
		return plain32(octets, length);
	if (length)
		memcpy(padded, octets, length);
	return plain32(padded, 4);
}

bool frame_fcs32_ok(const uint8_t *octets, size_t length)
{
	return length >= FRAME_FCS32_SIZE &&
	       frame_fcs32(octets, length - 4) == get_le32(octets + length - 4);
}
