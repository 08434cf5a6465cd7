/* scan_sse2.c - SSE2: 16 octets at a time. */
#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slip.h"

#define KERNELS slip_kernels_sse2
#define NAME    "sse2"
#define TARGET  __attribute__((target("sse2")))

enum { BLOCK = 16, ALL = 0xFFFF };
typedef __m128i block_t;

TARGET static inline block_t load(const uint8_t *in)
{
	return _mm_loadu_si128((const __m128i *)in);
}

TARGET static inline void store(uint8_t *out, block_t block)
{
	_mm_storeu_si128((__m128i *)out, block);
}

TARGET static inline uint64_t specials(block_t block)
{
	block_t end = _mm_cmpeq_epi8(block, _mm_set1_epi8((char)SLIP_END));
	block_t esc = _mm_cmpeq_epi8(block, _mm_set1_epi8((char)SLIP_ESC));

	return (uint32_t)_mm_movemask_epi8(_mm_or_si128(end, esc));
}

TARGET static inline void store_escaped(uint8_t *out, block_t block)
{
	__m128i lowest = _mm_and_si128(block, _mm_set1_epi8(1)),
		esc = _mm_set1_epi8((char)SLIP_ESC);
	__m128i escaped = _mm_or_si128(lowest, _mm_set1_epi8((char)SLIP_ESC_END));

	store(out, _mm_unpacklo_epi8(esc, escaped));
	store(out + BLOCK, _mm_unpackhi_epi8(esc, escaped));
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
