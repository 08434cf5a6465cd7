/* scan_avx512.h - what decoding and encoding with AVX-512 VBMI2 share. 64 octets at a time, with no
 * branch on what they are: compares give bit masks, VPCOMPRESSB takes ESCs out, VPEXPANDB makes
 * room for them. */
#ifndef SLIP_SCAN_AVX512_H
#define SLIP_SCAN_AVX512_H

#include <immintrin.h>

#include "scan.h"

#define TARGET    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,gfni,bmi,bmi2,popcnt")))
#define COLD      __attribute__((noinline))
#define LIKELY(x) __builtin_expect(!!(x), 1)

enum { BLOCK = 64, STRIDE = 4 * BLOCK };

TARGET static inline __m512i each_octet(uint8_t octet)
{
	return _mm512_set1_epi8((char)octet);
}

/* n <= BLOCK */
TARGET static inline uint64_t low_bits(size_t n)
{
	return _bzhi_u64(~UINT64_C(0), (unsigned)n);
}

static inline size_t block_of(size_t n)
{
	return n < BLOCK ? n : BLOCK;
}

/* in[0..n), n <= BLOCK, and zeros. */
TARGET static inline __m512i load_part(const uint8_t *in, size_t n)
{
	return _mm512_maskz_loadu_epi8(low_bits(n), in);
}

TARGET static inline size_t ones(uint64_t bits)
{
	return (size_t)_mm_popcnt_u64(bits);
}

/* Zero for END and ESC, and for nothing else: the affine map x -> M x + M END over GF(2), where M
 * takes nothing but END + ESC and 0 to 0. */
TARGET static inline __m512i zero_if_special(__m512i v)
{
	return _mm512_gf2p8affine_epi64_epi8(v, _mm512_set1_epi64(0x00120A0304204080), SLIP_END);
}

TARGET static inline uint64_t specials(__m512i v)
{
	__m512i zero = zero_if_special(v);

	return _mm512_testn_epi8_mask(zero, zero);
}

/* Copies in[0..STRIDE) if there is neither END nor ESC in it. The compares are spread over both
 * vector ports. */
TARGET static inline bool copy_stride(uint8_t *out, const uint8_t *in)
{
	__m512i a = _mm512_loadu_si512(in), b = _mm512_loadu_si512(in + BLOCK);
	__m512i c = _mm512_loadu_si512(in + 2 * BLOCK), d = _mm512_loadu_si512(in + 3 * BLOCK);
	__m512i ab = _mm512_min_epu8(zero_if_special(a), zero_if_special(b));
	__mmask64 plain = _mm512_cmpneq_epi8_mask(c, each_octet(SLIP_END));

	plain = _mm512_mask_cmpneq_epi8_mask(plain, c, each_octet(SLIP_ESC));
	plain = _mm512_mask_cmpneq_epi8_mask(plain, d, each_octet(SLIP_END));
	plain = _mm512_mask_cmpneq_epi8_mask(plain, d, each_octet(SLIP_ESC));
	plain = _mm512_mask_test_epi8_mask(plain, ab, ab);
	if (!_kortestc_mask64_u8(plain, plain))
		return false;
	_mm512_storeu_si512(out, a);
	_mm512_storeu_si512(out + BLOCK, b);
	_mm512_storeu_si512(out + 2 * BLOCK, c);
	_mm512_storeu_si512(out + 3 * BLOCK, d);
	return true;
}

/* The lines that will be written two strides from now: a frame is too short for the hardware
 * prefetcher. */
static inline void fetch_ahead(const uint8_t *out, size_t size)
{
	if (size < 3 * STRIDE)
		return;
	for (size_t i = 2 * STRIDE; i < 3 * STRIDE; i += BLOCK)
		__builtin_prefetch(out + i, 1);
}

/* Copies in[0..n) up to the first END or ESC, if that is a stride at least, else nothing. After the
 * first stride out is aligned, unless what that writes twice may be input that is still to be read
 * (decoding in place). out_is_new: it was not written lately. */
TARGET static inline size_t copy_plain(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                       bool out_is_new)
{
	size_t i = STRIDE, room = n < size ? n : size;

	if (room < STRIDE || !copy_stride(out, in))
		return 0;
	if ((uintptr_t)in - (uintptr_t)out >= BLOCK)
		i -= ((uintptr_t)out + STRIDE) % BLOCK;
	while (room - i >= STRIDE && copy_stride(out + i, in + i)) {
		if (out_is_new)
			fetch_ahead(out + i, size - i);
		i += STRIDE;
	}
	for (; room - i >= BLOCK; i += BLOCK) {
		__m512i v = _mm512_loadu_si512(in + i);
		uint64_t special = specials(v);

		if (special) {
			_mm512_mask_storeu_epi8(out + i, low_bits(_tzcnt_u64(special)), v);
			return i + _tzcnt_u64(special);
		}
		_mm512_storeu_si512(out + i, v);
	}
	if (i < room) {
		__m512i v = load_part(in + i, room - i);
		uint64_t special = specials(v);
		size_t plain = special ? _tzcnt_u64(special) : room - i;

		_mm512_mask_storeu_epi8(out + i, low_bits(plain), v);
		i += plain;
	}
	return i;
}

/* When to try copy_plain: less and less often where there is always something to escape. */
struct backoff {
	unsigned countdown, period;
};

static inline bool backoff_due(struct backoff *t)
{
	return t->countdown-- == 0;
}

static inline void backoff_result(struct backoff *t, bool success)
{
	t->period = success ? 0 : 2 * t->period + 1;
	t->countdown = t->period;
}

/* In slip_kernels_avx512: scan_avx512_decode.c */
#pragma GCC visibility push(hidden)
struct slip_run slip_unescape_avx512(uint8_t *out, size_t size, const uint8_t *in, size_t n);
void slip_decode_frames_avx512(struct slip_batch *batch);
#pragma GCC visibility pop

#endif
