/* scan_avx512_decode.c - decoding with AVX-512 VBMI2. */
#if defined(__x86_64__)
#include "scan_avx512.h"

struct block {
	__m512i octets;
	uint64_t end, esc; /* lanes */
	uint64_t second;   /* after an ESC */
	uint64_t bad;      /* second, but neither ESC_END nor ESC_ESC */
};

/* carry: 1 if the octet before the block is an ESC. */
TARGET static inline struct block classify(__m512i octets, uint64_t carry)
{
	struct block b = {.octets = octets};
	__m512i second_or_not = _mm512_or_si512(octets, each_octet(1));

	b.end = _mm512_cmpeq_epi8_mask(octets, each_octet(SLIP_END));
	b.esc = _mm512_cmpeq_epi8_mask(octets, each_octet(SLIP_ESC));
	b.second = b.esc << 1 | carry;
	b.bad = _mm512_mask_cmpneq_epi8_mask(b.second, second_or_not, each_octet(SLIP_ESC_ESC));
	return b;
}

static inline uint64_t last_bit(uint64_t bits)
{
	return bits >> (BLOCK - 1);
}

TARGET static inline uint64_t before_first(uint64_t bits)
{
	return (bits - 1) & ~bits;
}

/* Bad ones among those that follow the region's ESCs, the END after the region too. */
static inline uint64_t bad_after(const struct block *b, uint64_t region, uint64_t carry)
{
	return b->bad & ((b->esc & region) << 1 | carry);
}

/* The lanes to keep, unescaped, moved together. */
TARGET static inline __m512i compacted(const struct block *b, uint64_t keep)
{
	/* x -> END, and ESC where the lowest bit is set */
	__m512i v = _mm512_mask_gf2p8affine_epi64_epi8(
		b->octets, b->second, b->octets, _mm512_set1_epi64(0x0101000101000000), SLIP_END);

	return _mm512_maskz_compress_epi8(keep, v);
}

TARGET static inline size_t put(uint8_t *out, const struct block *b, uint64_t keep)
{
	size_t length = ones(keep);

	_mm512_mask_storeu_epi8(out, low_bits(length), compacted(b, keep));
	return length;
}

TARGET static inline size_t put_with_room(uint8_t *out, const struct block *b, uint64_t keep)
{
	_mm512_storeu_si512(out, compacted(b, keep));
	return ones(keep);
}

/* The block in which the run ends. */
TARGET static COLD struct slip_run unescape_last(struct slip_run run, uint8_t *out, size_t size,
                                                 const uint8_t *in, size_t n, uint64_t carry)
{
	size_t taken = block_of(n - run.used);
	struct block b = classify(load_part(in + run.used, taken), carry);
	uint64_t region = low_bits(taken) & before_first(b.end), bad = bad_after(&b, region, carry),
		 keep;

	run.used -= carry;
	if (bad & 1)
		return run;
	if (bad)
		region &= before_first(bad) >> 1;
	else if (last_bit(region & b.esc))
		region >>= 1;
	keep = region & ~b.esc;
	if (ones(keep) <= size - run.written) {
		run.used += carry + ones(region);
		run.written += put(out + run.written, &b, keep);
		if (b.end || bad)
			return run;
	}
	return slip_unescape_rest(run, out, size, in, n);
}

/* Octets before the first END of the two lines that begin in in[1..BLOCK]: found in aligned memory,
 * since a load across two lines takes some ten cycles more, and where the next frame begins depends
 * on this one. */
TARGET static inline size_t find_end(const uint8_t *in)
{
	size_t skipped = BLOCK - (uintptr_t)in % BLOCK;
	uint64_t near =
		_mm512_cmpeq_epi8_mask(_mm512_load_si512(in + skipped), each_octet(SLIP_END));
	uint64_t far = _mm512_cmpeq_epi8_mask(_mm512_load_si512(in + skipped + BLOCK),
	                                      each_octet(SLIP_END));
	size_t near_end = _tzcnt_u64(near), far_end = BLOCK + _tzcnt_u64(far);

	return skipped + (near ? near_end : far_end);
}

/* Fast path: the first two blocks, for frames of the usual length; in and out are apart by as much
 * at least, and a block more of in may be read. True if the run ends with an END in them; else *run
 * and *carry are where to go on. */
TARGET static inline bool unescape_two(struct slip_run *run, uint8_t *out, const uint8_t *in,
                                       uint64_t *carry)
{
	struct block a = classify(_mm512_loadu_si512(in), 0), b;
	uint64_t region = before_first(a.end), inner = last_bit(a.esc);

	if (!LIKELY(a.end == 0)) {
		if (bad_after(&a, region, 0) != 0)
			return false;
		run->written = put_with_room(out, &a, ~a.esc & region);
		run->used = ones(region);
		return true;
	}
	b = classify(_mm512_loadu_si512(in + BLOCK), inner);
	region = before_first(b.end);
	if (!LIKELY((a.bad | bad_after(&b, region, inner)) == 0))
		return false;
	run->written = put_with_room(out, &a, ~a.esc);
	run->written += put_with_room(out + run->written, &b, ~b.esc & region);
	if (LIKELY(b.end != 0)) {
		run->used = find_end(in);
		return true;
	}
	run->used = 2 * BLOCK;
	*carry = last_bit(b.esc);
	return false;
}

TARGET struct slip_run slip_unescape_avx512(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0};
	struct backoff backoff = {0, 1};
	uint64_t carry = 0;

	if (n >= 3 * BLOCK && size >= 2 * BLOCK && (uintptr_t)in - (uintptr_t)out >= 2 * BLOCK &&
	    unescape_two(&run, out, in, &carry))
		return run;
	while (n - run.used >= BLOCK && size - run.written >= BLOCK) {
		struct block b;

		if (backoff_due(&backoff)) {
			size_t plain = 0;

			if (!carry)
				plain = copy_plain(out + run.written, size - run.written,
				                   in + run.used, n - run.used, false);
			run.used += plain;
			run.written += plain;
			backoff_result(&backoff, plain > 0);
			if (plain > 0 && (run.used == n || in[run.used] == SLIP_END))
				return run;
			if (plain > 0)
				continue;
		}
		b = classify(_mm512_loadu_si512(in + run.used), carry);
		if (b.end | b.bad)
			break;
		run.used += BLOCK;
		run.written += put(out + run.written, &b, ~b.esc);
		carry = last_bit(b.esc);
	}
	return unescape_last(run, out, size, in, n, carry);
}

/* --- frame after frame --- */

struct cursor {
	const uint8_t *in, *limit;
	uint8_t *out, *out_limit;
	struct slip_frame *frame, *last_frame; /* of the list; only where a frame
	                                          begins is noted, until the end */
	uint64_t esc_before, end_before;       /* 1: that was the last octet */
	size_t ends;
};

static inline size_t left(const uint8_t *from, const uint8_t *to)
{
	return (size_t)(to - from);
}

/* A block, whatever frames are in it: ENDs and ESCs are removed with one VPCOMPRESSB. It closes
 * BLOCK / 2 frames at the most. */
TARGET static inline bool decode_block(struct cursor *c)
{
	struct block b = classify(_mm512_loadu_si512(c->in), c->esc_before);
	uint64_t keep = ~(b.esc | b.end), closing = b.end & ~(b.end << 1 | c->end_before);

	if (!LIKELY(b.bad == 0))
		return false;
	c->ends += ones(b.end);
	c->frame[1].octets = c->out + ones(keep & before_first(closing));
	c->frame += closing != 0;
	while (!LIKELY((closing = _blsr_u64(closing)) == 0))
		(++c->frame)->octets = c->out + ones(keep & before_first(closing));
	c->in += BLOCK;
	c->out += put(c->out, &b, keep);
	c->esc_before = last_bit(b.esc);
	c->end_before = last_bit(b.end);
	return true;
}

TARGET static inline size_t copy_run(struct cursor *c)
{
	size_t plain =
		copy_plain(c->out, left(c->out, c->out_limit), c->in, left(c->in, c->limit), true);

	c->in += plain;
	c->out += plain;
	return plain;
}

/* Long frames in which nothing is escaped: true if there was any of it. */
TARGET static inline bool decode_plain(struct cursor *c)
{
	bool any = false;

	while (!c->esc_before && copy_run(c) > 0) {
		any = true;
		c->end_before = 0;
		if (c->in == c->limit || *c->in != SLIP_END || c->last_frame - c->frame <= 1)
			break;
		(++c->frame)->octets = c->out;
		for (; c->in < c->limit && *c->in == SLIP_END; c->in++)
			c->ends++;
		c->end_before = 1;
	}
	return any;
}

TARGET void slip_decode_frames_avx512(struct slip_batch *batch)
{
	struct cursor c = {
		.in = batch->in,
		.limit = batch->in + batch->n,
		.out = batch->out,
		.out_limit = batch->out + batch->size,
		.frame = batch->frames,
		.last_frame = batch->frames + batch->max,
		.end_before = 1,
	};
	struct backoff backoff = {1, 1};

	while (left(c.in, c.limit) >= BLOCK && left(c.out, c.out_limit) >= BLOCK &&
	       c.last_frame - c.frame > BLOCK / 2 && decode_block(&c))
		if (backoff_due(&backoff))
			backoff_result(&backoff, decode_plain(&c));
	batch->used = left(batch->in, c.in) - c.esc_before;
	batch->written = left(batch->out, c.out);
	batch->count = (size_t)(c.frame - batch->frames);
	batch->empty = c.ends - batch->count;
	if (batch->count > 0)
		batch->frames[0].octets = batch->out;
	for (size_t i = 0; i < batch->count; i++)
		batch->frames[i].length =
			left(batch->frames[i].octets, batch->frames[i + 1].octets);
}
#endif
