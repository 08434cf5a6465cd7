/* scan_block.h - kernels for processors that compare a block of octets at once but cannot remove
 * octets from one. Included by a file that has defined, for its processor:
 * - KERNELS, NAME, TARGET: the table to define, its name, the attribute that its functions need
 * - BLOCK: octets in a block
 * - block_t, load, store: a block, unaligned
 * - specials(block): uint64_t, lanes that are END or ESC; for these
 * - first(lanes): the first one; there is one
 * - how_many(lanes)
 * - ALL: all of them
 * - store_escaped(out, block): 2 * BLOCK octets for a block of nothing but ENDs and ESCs */
#include "scan.h"

/* Whether storing a block there would overwrite input that is still to be read. */
static inline bool is_near(const uint8_t *out, const uint8_t *in)
{
	return (uintptr_t)in - (uintptr_t)out < BLOCK;
}

/* The escape at the beginning of in and what is close behind it. used 0: it is not good, or does
 * not fit. */
TARGET static inline struct slip_run unescape_here(struct slip_density *density, size_t at,
                                                   uint8_t *out, size_t size, const uint8_t *in,
                                                   size_t n)
{
	if (slip_is_dense(density, at))
		return slip_unescape_dense(out, size, in, n, density->most);
	if (n < 2 || !slip_is_second(in[1]))
		return (struct slip_run){0, 0};
	out[0] = slip_unescaped(in[1]);
	return (struct slip_run){2, 1};
}

TARGET static struct slip_run unescape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_density density = {0, 0};
	struct slip_run run = {0, 0};
	/* Of the input: what lies before it has room in the output, block by block. */
	size_t end = n < size ? n : size;

	while (end - run.used >= BLOCK) {
		block_t block = load(in + run.used);
		uint64_t special = specials(block);

		if (special == 0) {
			store(out + run.written, block);
			run = slip_run_plain(run, BLOCK);
			continue;
		}
		if (is_near(out + run.written, in + run.used))
			break;
		store(out + run.written, block);
		run = slip_run_plain(run, first(special));
		if (in[run.used] == SLIP_END)
			return run;
		struct slip_run here =
			unescape_here(&density, run.used, out + run.written, size - run.written,
		                      in + run.used, n - run.used);
		if (here.used == 0)
			return run;
		run = slip_run_sum(run, here);
		density.after = run.used;
		end = n - run.used < size - run.written ? n : run.used + size - run.written;
	}
	return slip_unescape_rest(run, out, size, in, n);
}

/* The last part of less than a block, written together with what is before it, if all that is
 * plain. */
TARGET static inline bool escape_plain_rest(struct slip_run *run, uint8_t *out, size_t size,
                                            const uint8_t *in, size_t n)
{
	size_t left = n - run->used;
	block_t block;

	if (left >= BLOCK || n < BLOCK || size - run->written < left)
		return false;
	block = load(in + n - BLOCK);
	if (specials(block) != 0)
		return false;
	store(out + run->written + left - BLOCK, block);
	run->used += left;
	run->written += left;
	return true;
}

TARGET static struct slip_run escape(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_density density = {0, 0};
	struct slip_run run = {0, 0};

	while (n - run.used >= BLOCK && size - run.written >= 2 * BLOCK) {
		block_t block = load(in + run.used);
		uint64_t special = specials(block);

		if (special == 0) {
			store(out + run.written, block);
			run.used += BLOCK;
			run.written += BLOCK;
		} else if (special == ALL) {
			store_escaped(out + run.written, block);
			run.used += BLOCK;
			run.written += 2 * BLOCK;
		} else {
			struct slip_run few;

			store(out + run.written, block);
			run = slip_run_plain(run, first(special));
			if (slip_is_dense(&density, run.used))
				few = slip_escape_dense(out + run.written, size - run.written,
				                        in + run.used, n - run.used, density.most);
			else
				few = slip_escape_few(out + run.written, size - run.written,
				                      in + run.used, n - run.used);
			run = slip_run_sum(run, few);
			density.after = run.used;
		}
	}
	if (escape_plain_rest(&run, out, size, in, n))
		return run;
	return slip_escape_rest(run, out, size, in, n);
}

TARGET static size_t count(const uint8_t *in, size_t n)
{
	size_t found = 0, i = 0;

	for (; n - i >= BLOCK; i += BLOCK) {
		uint64_t special = specials(load(in + i));

		if (special)
			found += how_many(special);
	}
	return found + slip_kernels_scalar.count(in + i, n - i);
}

TARGET static size_t span(const uint8_t *in, size_t n)
{
	size_t i = 0;

	for (; n - i >= BLOCK; i += BLOCK) {
		uint64_t special = specials(load(in + i));

		if (special)
			return i + first(special);
	}
	return i + slip_kernels_scalar.span(in + i, n - i);
}

const struct slip_kernels KERNELS = {
	.name = NAME,
	.unescape = unescape,
	.escape = escape,
	.count = count,
	.span = span,
};
