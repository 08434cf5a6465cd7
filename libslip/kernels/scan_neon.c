/* scan_neon.c - NEON: 16 octets at a time. */
#if defined(__aarch64__)
#include <arm_neon.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slip.h"

#define KERNELS slip_kernels_neon
#define NAME    "neon"
#define TARGET

enum { BLOCK = 16, BITS_PER_LANE = 4 };
#define ALL UINT64_MAX
typedef uint8x16_t block_t;

static inline block_t load(const uint8_t *in)
{
	return vld1q_u8(in);
}

static inline void store(uint8_t *out, block_t block)
{
	vst1q_u8(out, block);
}

/* NEON has no movemask: narrowing shifts leave four bits of each lane. */
static inline uint64_t specials(block_t block)
{
	block_t end = vceqq_u8(block, vdupq_n_u8(SLIP_END)),
		esc = vceqq_u8(block, vdupq_n_u8(SLIP_ESC));
	uint16x8_t pairs = vreinterpretq_u16_u8(vorrq_u8(end, esc));

	return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(pairs, BITS_PER_LANE)), 0);
}

static inline void store_escaped(uint8_t *out, block_t block)
{
	uint8x16_t esc = vdupq_n_u8(SLIP_ESC);
	uint8x16_t escaped = vorrq_u8(vandq_u8(block, vdupq_n_u8(1)), vdupq_n_u8(SLIP_ESC_END));

	store(out, vzip1q_u8(esc, escaped));
	store(out + BLOCK, vzip2q_u8(esc, escaped));
}

static inline size_t first(uint64_t lanes)
{
	return (size_t)__builtin_ctzll(lanes) / BITS_PER_LANE;
}

static inline size_t how_many(uint64_t lanes)
{
	return (size_t)__builtin_popcountll(lanes) / BITS_PER_LANE;
}

#include "scan_block.h"
#endif
