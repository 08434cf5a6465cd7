/* slip_kernels.h - libslip's inner loops, once for each instruction set, behind one table.
 * Internal, never installed. All tables give the same answers octet for octet; they differ in speed
 * alone. */
#ifndef SLIP_KERNELS_H
#define SLIP_KERNELS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "slip.h"

struct slip_run {
	size_t used;    /* octets of the input */
	size_t written; /* octets of the output */
};

struct slip_batch {
	const uint8_t *in;
	size_t n, used;
	uint8_t *out;
	size_t size, written;
	struct slip_frame *frames;
	size_t max, count;
	size_t empty; /* two ENDs with nothing between them */
};

struct slip_kernels {
	const char *name;

	/* Decodes in[0..n) to out[0..size), and stops before: an END; an ESC without ESC_END or
	 * ESC_ESC after it in in[0..n); whatever does not fit. May use out[0..size) as scratch, but
	 * for input that it does not use: out may overlap in where out <= in. */
	struct slip_run (*unescape)(uint8_t *out, size_t size, const uint8_t *in, size_t n);

	/* Encodes in[0..n) to out[0..size), and stops before the first octet whose encoding does
	 * not fit. May use out[0..size) as scratch. */
	struct slip_run (*escape)(uint8_t *out, size_t size, const uint8_t *in, size_t n);

	/* Decodes frame after frame from right after an END, as slip_decode_buffer does. May stop
	 * anywhere but before the second octet of an escape, and does so before whatever is not
	 * good; what is in out beyond the last frame is the beginning of another. NULL where
	 * unescape, frame by frame, is as fast. */
	void (*decode_frames)(struct slip_batch *batch);

	/* ENDs and ESCs in in[0..n). */
	size_t (*count)(const uint8_t *in, size_t n);

	/* Octets before the first END or ESC in in[0..n), n where there is none. */
	size_t (*span)(const uint8_t *in, size_t n);
};

/* The best for this processor: found out at the first call, with the same result in all threads. */
#pragma GCC visibility push(hidden) /* reached without the table of global offsets */
extern _Atomic(const struct slip_kernels *) slip_chosen_kernels;
#pragma GCC visibility pop
const struct slip_kernels *slip_choose_kernels(void);

static inline const struct slip_kernels *slip_kernels(void)
{
	const struct slip_kernels *chosen =
		atomic_load_explicit(&slip_chosen_kernels, memory_order_relaxed);

	return __builtin_expect(chosen != NULL, 1) ? chosen : slip_choose_kernels();
}

/* For tests and benchmarks: the tables that this processor can run, the slowest (scalar) first,
 * NULL after the last; and the choice. */
const struct slip_kernels *slip_kernels_at(unsigned index);

static inline void slip_use_kernels(const struct slip_kernels *kernels)
{
	atomic_store_explicit(&slip_chosen_kernels, kernels, memory_order_relaxed);
}

#endif
