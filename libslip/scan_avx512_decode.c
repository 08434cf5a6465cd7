#if defined(__x86_64__)
#include "scan_avx512.h"

struct block {
	__m512i octets;
	uint64_t end, esc; /* lanes */
	uint64_t second;   /* after an ESC */
	uint64_t bad;      /* second, but neither ESC_END nor ESC_ESC */
};

/* carry: 1 if the octet before the block is an ESC. */
TARGET static inline struct block look(__m512i octets, uint64_t carry)
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

/* Bad ones among those that follow the region's ESCs: the END after the region counts. */
static inline uint64_t bad_after(const struct block *b, uint64_t region, uint64_t carry)
{
	return b->bad & ((b->esc & region) << 1 | carry);
}

/* The lanes to keep, unescaped, at the bottom. */
TARGET static inline __m512i squeezed(const struct block *b, uint64_t keep)
{
	/* x -> END, and ESC where the lowest bit is set */
	__m512i v = _mm512_mask_gf2p8affine_epi64_epi8(b->octets, b->second, b->octets,
	                                               _mm512_set1_epi64(0x0101000101000000), SLIP_END);

	return _mm512_maskz_compress_epi8(keep, v);
}

TARGET static inline size_t put(uint8_t *out, const struct block *b, uint64_t keep)
{
	size_t length = ones(keep);

	_mm512_mask_storeu_epi8(out, low_bits(length), squeezed(b, keep));
	return length;
}

TARGET static inline size_t put_with_room(uint8_t *out, const struct block *b, uint64_t keep)
{
	_mm512_storeu_si512(out, squeezed(b, keep));
	return ones(keep);
}

/* The block in which the run ends, for whatever reason. */
TARGET static SELDOM struct slip_run unescape_last(struct slip_run run, uint8_t *out, size_t size, const uint8_t *in,
                                                   size_t n, uint64_t carry)
{
	size_t taken = block_of(n - run.used);
	struct block b = look(load_part(in + run.used, taken), carry);
	uint64_t region = low_bits(taken) & before_first(b.end), bad = bad_after(&b, region, carry), keep;

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

TARGET struct slip_run slip_unescape_avx512(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run = {0, 0};
	struct tries tries = {0, 1};
	uint64_t carry = 0;

	while (n - run.used >= BLOCK && size - run.written >= BLOCK) {
		struct block b;

		if (tries_due(&tries)) {
			size_t plain = 0;

			if (!carry)
				plain = copy_plain(out + run.written, size - run.written, in + run.used, n - run.used,
				                   false);
			run.used += plain;
			run.written += plain;
			tries_result(&tries, plain > 0);
			if (plain > 0 && (run.used == n || in[run.used] == SLIP_END))
				return run;
			if (plain > 0)
				continue;
		}
		b = look(_mm512_loadu_si512(in + run.used), carry);
		if (b.end | b.bad)
			break;
		run.used += BLOCK;
		run.written += put(out + run.written, &b, ~b.esc);
		carry = last_bit(b.esc);
	}
	return unescape_last(run, out, size, in, n, carry);
}

/* The first END of the two lines that begin in in[1..BLOCK], or 2 * BLOCK or more beyond: found in aligned memory,
 * since a load across two lines takes some ten cycles more, and the caller waits for this one to know where the next
 * frame begins. */
TARGET static inline size_t find_end(const uint8_t *in)
{
	size_t skipped = BLOCK - (uintptr_t)in % BLOCK;
	uint64_t near = _mm512_cmpeq_epi8_mask(_mm512_load_si512(in + skipped), each_octet(SLIP_END));
	uint64_t far = _mm512_cmpeq_epi8_mask(_mm512_load_si512(in + skipped + BLOCK), each_octet(SLIP_END));
	size_t near_end = _tzcnt_u64(near), far_end = BLOCK + _tzcnt_u64(far);

	return skipped + (near ? near_end : far_end);
}

/* After an END, the last frame was not long either, and all loads and stores are within bounds and apart. */
static inline bool is_usual(const struct slip_decoder *d, const uint8_t *in, size_t n)
{
	return d->state >= SLIP_DELIVERED && d->length <= 2 * BLOCK && n > 3 * BLOCK && d->size >= 2 * BLOCK &&
	       (uintptr_t)in - (uintptr_t)d->frame >= 2 * BLOCK;
}

/* A frame of one or two blocks. */
TARGET size_t slip_decode_avx512(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event)
{
	const uint8_t *at = in;
	struct block a, b;
	uint64_t region, carry;
	size_t end, length;

	if (!LIKELY(is_usual(d, in, n)))
		return slip_decode_any(d, in, n, event);
	if (LIKELY(in[0] == SLIP_END))
		at++;
	end = find_end(at);
	a = look(_mm512_loadu_si512(at), 0);
	if (LIKELY(a.end == 0)) {
		carry = last_bit(a.esc);
		b = look(_mm512_loadu_si512(at + BLOCK), carry);
		region = before_first(b.end);
		if (!LIKELY(b.end != 0 && (a.bad | bad_after(&b, region, carry)) == 0))
			return slip_decode_any(d, in, n, event);
		length = put_with_room(d->frame, &a, ~a.esc);
		length += put_with_room(d->frame + length, &b, ~b.esc & region);
	} else {
		region = before_first(a.end);
		if (!LIKELY(region != 0 && bad_after(&a, region, 0) == 0))
			return slip_decode_any(d, in, n, event);
		length = put_with_room(d->frame, &a, ~a.esc & region);
		end = ones(region);
	}
	d->counters.octets += (size_t)(at - in) + end + 1;
	d->counters.empty += (size_t)(at - in);
	d->counters.frames++;
	d->length = length;
	d->state = SLIP_DELIVERED;
	*event = SLIP_FRAME;
	return (size_t)(at - in) + end + 1;
}

/* All blocks alike, whatever frames are in them: ENDs and ESCs are taken out in one go, and only where each frame
 * begins is noted. */
TARGET void slip_decode_frames_avx512(struct slip_batch *batch)
{
	const uint8_t *in = batch->in, *const limit = in + batch->n;
	uint8_t *out = batch->out, *const out_limit = out + batch->size;
	struct slip_frame *frame = batch->frames, *const last_frame = frame + batch->max;
	uint64_t esc_before = 0, end_before = 1;
	struct tries tries = {1, 1};
	size_t ends = 0;

	/* A block closes BLOCK / 2 frames at the most. */
	while (limit - in >= BLOCK && out_limit - out >= BLOCK && last_frame - frame > BLOCK / 2) {
		struct block b = look(_mm512_loadu_si512(in), esc_before);
		uint64_t keep = ~(b.esc | b.end), closing = b.end & ~(b.end << 1 | end_before);

		if (!LIKELY(b.bad == 0))
			break;
		ends += ones(b.end);
		frame[1].octets = out + ones(keep & before_first(closing));
		frame += closing != 0;
		while (!LIKELY((closing = _blsr_u64(closing)) == 0))
			(++frame)->octets = out + ones(keep & before_first(closing));
		in += BLOCK;
		out += put(out, &b, keep);
		esc_before = last_bit(b.esc);
		end_before = last_bit(b.end);
		if (tries_due(&tries)) {
			size_t plain = 0;

			if (!esc_before)
				plain = copy_plain(out, (size_t)(out_limit - out), in, (size_t)(limit - in), false);
			in += plain;
			out += plain;
			end_before &= plain == 0;
			tries_result(&tries, plain > 0);
		}
	}
	batch->used = (size_t)(in - batch->in) - esc_before;
	batch->written = (size_t)(out - batch->out);
	batch->count = (size_t)(frame - batch->frames);
	batch->empty = ends - batch->count;
	if (batch->count > 0)
		batch->frames[0].octets = batch->out;
	for (size_t i = 0; i < batch->count; i++)
		batch->frames[i].length = (size_t)(batch->frames[i + 1].octets - batch->frames[i].octets);
}
#endif
