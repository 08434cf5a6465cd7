/* scan_avx2.c - AVX2: 32 octets at a time. */
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slip.h"

#define KERNELS slip_kernels_avx2
#define NAME    "avx2"
#define TARGET  __attribute__((target("avx2")))

enum { BLOCK = 32 };
#define ALL UINT32_MAX
typedef __m256i block_t;

TARGET static inline block_t load(const uint8_t *in)
{
	return _mm256_loadu_si256((const __m256i *)in);
}

TARGET static inline void store(uint8_t *out, block_t block)
{
	_mm256_storeu_si256((__m256i *)out, block);
}

TARGET static inline uint64_t specials(block_t block)
{
	block_t end = _mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)SLIP_END));
	block_t esc = _mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)SLIP_ESC));

	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(end, esc));
}

TARGET static inline void store_escaped(uint8_t *out, block_t block)
{
	__m256i lowest = _mm256_and_si256(block, _mm256_set1_epi8(1)),
		esc = _mm256_set1_epi8((char)SLIP_ESC);
	__m256i escaped = _mm256_or_si256(lowest, _mm256_set1_epi8((char)SLIP_ESC_END));
	__m256i even = _mm256_unpacklo_epi8(esc, escaped), odd = _mm256_unpackhi_epi8(esc, escaped);

	store(out, _mm256_permute2x128_si256(even, odd, 0x20));
	store(out + BLOCK, _mm256_permute2x128_si256(even, odd, 0x31));
}

static inline size_t first(uint64_t lanes)
{
	return (size_t)__builtin_ctz((uint32_t)lanes);
}

static inline size_t how_many(uint64_t lanes)
{
	return (size_t)__builtin_popcount((uint32_t)lanes);
}

#include "scan_block.h"
#endif
