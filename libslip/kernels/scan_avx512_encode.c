/* scan_avx512_encode.c - encoding with AVX-512 VBMI2, and the table. */
#if defined(__x86_64__)
#include "scan_avx512.h"

/* A block of TAKE octets with FEW to escape fits a block. */
enum { FEW = 3, TAKE = BLOCK - FEW, HALF = BLOCK / 2 };

TARGET static inline __m512i escaped(__m512i v, uint64_t special)
{
	/* x -> ESC_END, and ESC_ESC where the lowest bit is set */
	return _mm512_mask_gf2p8affine_epi64_epi8(
		v, special, v, _mm512_set1_epi64(0x0100000000000000), SLIP_ESC_END);
}

/* Where the lanes of half a block go in the output: a zero bit before each special one, for its
 * ESC. */
TARGET static inline uint64_t expand_mask(uint64_t special)
{
	const uint64_t lanes = UINT64_C(0xAAAAAAAAAAAAAAAA);

	return _pext_u64(lanes, _pdep_u64(special, UINT64_C(0x5555555555555555)) | lanes);
}

/* The same for a block with FEW special lanes or less. */
TARGET static inline uint64_t expand_mask_of_few(uint64_t special)
{
	uint64_t second = _blsr_u64(special), third = _blsr_u64(second);

	return ~(_blsi_u64(special) | _blsi_u64(second) << 1 | third << 2);
}

TARGET static inline __m512i expanded(__m512i v, uint64_t lanes)
{
	return _mm512_mask_expand_epi8(each_octet(SLIP_ESC), lanes, v);
}

/* in[0..n), n <= TAKE, in one store: false if it does not fit one, or there is no room for one. */
TARGET static inline bool escape_few(struct slip_run *run, uint8_t *out, size_t size,
                                     const uint8_t *in, size_t n)
{
	__m512i v = load_part(in + run->used, n);
	uint64_t special = specials(v);
	size_t more = ones(special);

	if (!LIKELY(more <= FEW && size - run->written >= BLOCK))
		return false;
	_mm512_storeu_si512(out + run->written,
	                    expanded(escaped(v, special), expand_mask_of_few(special)));
	run->used += n;
	run->written += n + more;
	return true;
}

TARGET static inline bool escape_half(struct slip_run *run, uint8_t *out, size_t size, __m512i v,
                                      uint64_t special, size_t n)
{
	size_t length = n + ones(special);

	if (length > size - run->written)
		return false;
	_mm512_mask_storeu_epi8(out + run->written, low_bits(length),
	                        expanded(v, expand_mask(special)));
	run->used += n;
	run->written += length;
	return true;
}

/* in[0..n), n <= BLOCK, whatever is in it: false if there is no room for all of it. */
TARGET static inline bool escape_many(struct slip_run *run, uint8_t *out, size_t size,
                                      const uint8_t *in, size_t n)
{
	__m512i v = load_part(in + run->used, n);
	uint64_t special = specials(v);
	size_t low = n < HALF ? n : HALF;

	v = escaped(v, special);
	if (!escape_half(run, out, size, v, (uint32_t)special, low))
		return false;
	v = _mm512_castsi256_si512(_mm512_extracti64x4_epi64(v, 1));
	return escape_half(run, out, size, v, special >> HALF, n - low);
}

/* Fast path: up to two blocks, for frames of the usual length. True if that was all. */
TARGET static inline bool escape_two(struct slip_run *run, uint8_t *out, size_t size,
                                     const uint8_t *in, size_t n)
{
	if (!LIKELY(n <= 2 * TAKE))
		return false;
	if (!LIKELY(n > TAKE))
		return escape_few(run, out, size, in, n);
	return escape_few(run, out, size, in, TAKE) && escape_few(run, out, size, in, n - TAKE);
}

TARGET static struct slip_run escape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0};
	struct backoff backoff = {0, 1};

	if (escape_two(&run, out, size, in, n))
		return run;
	while (run.used < n) {
		size_t left = n - run.used, taken = left < TAKE ? left : TAKE;

		if (backoff_due(&backoff)) {
			size_t plain = copy_plain(out + run.written, size - run.written,
			                          in + run.used, left, true);

			run.used += plain;
			run.written += plain;
			backoff_result(&backoff, plain > 0);
			if (plain > 0)
				continue;
		}
		if (!escape_few(&run, out, size, in, taken) &&
		    !escape_many(&run, out, size, in, taken))
			break;
	}
	return slip_escape_rest(run, out, size, in, n);
}

TARGET static size_t count(const uint8_t *in, size_t n)
{
	size_t found = 0, i = 0;

	for (; n - i >= BLOCK; i += BLOCK)
		found += ones(specials(_mm512_loadu_si512(in + i)));
	return found + ones(specials(load_part(in + i, n - i)));
}

TARGET static size_t span(const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i += BLOCK) {
		uint64_t special = specials(load_part(in + i, block_of(n - i)));

		if (special)
			return i + _tzcnt_u64(special);
	}
	return n;
}

const struct slip_kernels slip_kernels_avx512 = {
	.name = "avx512",
	.unescape = slip_unescape_avx512,
	.escape = escape,
	.decode_frames = slip_decode_frames_avx512,
	.count = count,
	.span = span,
};
#endif
