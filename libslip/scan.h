/* scan.h - libslip's inner loops, once for each kind of processor. Internal, never installed.
 * All kernels give the same answers octet for octet; they differ in speed alone. */
#ifndef SLIP_SCAN_H
#define SLIP_SCAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slip.h"

#pragma GCC visibility push(hidden)

enum slip_state {
	SLIP_CLOSED,     /* no END yet, no octet dropped */
	SLIP_DROPPING,   /* no END yet, octets dropped */
	SLIP_UNOPENED,   /* SLIP_ACCEPT_UNOPENED: nothing read yet */
	SLIP_INSIDE,     /* a frame of at least one octet */
	SLIP_ESCAPED,    /* after its ESC */
	SLIP_DISCARDING, /* to the END of a faulty frame */
	SLIP_DELIVERED,  /* the caller has the frame, whose END was the last octet */
	SLIP_IDLE,       /* after an END otherwise */
};

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

	/* slip_decode and slip_encode themselves, so that they can take a short way with frames of
	 * the usual length. */
	size_t (*decode)(struct slip_decoder *d, const uint8_t *in, size_t n,
	                 enum slip_event *event);
	size_t (*encode)(uint8_t *out, size_t size, const uint8_t *in, size_t n);

	/* Decodes frame after frame from right after an END, as slip_decode_buffer does. May stop
	 * anywhere but before the second octet of an escape, and does so before whatever is not
	 * good; what is in out beyond the last frame is the beginning of another. NULL where
	 * nothing is faster than slip_decode. */
	void (*decode_frames)(struct slip_batch *batch);

	/* ENDs and ESCs in in[0..n). */
	size_t (*count)(const uint8_t *in, size_t n);

	/* Octets before the first END or ESC in in[0..n), n where there is none. */
	size_t (*span)(const uint8_t *in, size_t n);
};

/* The best for this processor: found out once by whoever comes first, with the same result for all.
 */
extern _Atomic(const struct slip_kernels *) slip_chosen_kernels;
const struct slip_kernels *slip_choose_kernels(void);

static inline const struct slip_kernels *slip_kernels(void)
{
	const struct slip_kernels *chosen =
		atomic_load_explicit(&slip_chosen_kernels, memory_order_relaxed);

	return __builtin_expect(chosen != NULL, 1) ? chosen : slip_choose_kernels();
}

/* For tests and benchmarks: those that this processor can run, the slowest (scalar) first, NULL
 * after the last; and the choice. */
const struct slip_kernels *slip_kernels_at(unsigned index);

static inline void slip_use_kernels(const struct slip_kernels *kernels)
{
	atomic_store_explicit(&slip_chosen_kernels, kernels, memory_order_relaxed);
}

extern const struct slip_kernels slip_kernels_scalar, slip_kernels_sse2, slip_kernels_avx2,
	slip_kernels_avx512, slip_kernels_neon;

/* --- what kernels are built from --- */

/* slip_decode, whatever comes. */
size_t slip_decode_any(struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event);

/* The same with that unescape: a short way for the frame after an END. */
static inline size_t
slip_decode_with(struct slip_run (*unescape)(uint8_t *, size_t, const uint8_t *, size_t),
                 struct slip_decoder *d, const uint8_t *in, size_t n, enum slip_event *event)
{
	struct slip_run run;
	size_t used;

	if (d->state < SLIP_DELIVERED || n == 0)
		return slip_decode_any(d, in, n, event);
	used = in[0] == SLIP_END;
	d->counters.empty += used;
	run = unescape(d->frame, d->size, in + used, n - used);
	used += run.used;
	d->length = run.written;
	if (used < n && in[used] == SLIP_END && run.used > 0) {
		d->counters.octets += used + 1;
		d->counters.frames++;
		d->state = SLIP_DELIVERED;
		*event = SLIP_FRAME;
		return used + 1;
	}
	d->counters.octets += used;
	d->state = run.used > 0 ? SLIP_INSIDE : SLIP_IDLE;
	return used + slip_decode_any(d, in + used, n - used, event);
}

/* slip_encode with that escape. */
static inline size_t slip_encode_with(struct slip_run (*escape)(uint8_t *, size_t, const uint8_t *,
                                                                size_t),
                                      uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	struct slip_run run;

	if (size < 2)
		return 0;
	out[0] = SLIP_END;
	run = escape(out + 1, size - 2, in, n);
	if (run.used < n)
		return 0;
	out[1 + run.written] = SLIP_END;
	return run.written + 2;
}

static inline struct slip_run slip_run_plain(struct slip_run run, size_t plain)
{
	return (struct slip_run){run.used + plain, run.written + plain};
}

static inline struct slip_run slip_run_sum(struct slip_run a, struct slip_run b)
{
	return (struct slip_run){a.used + b.used, a.written + b.written};
}

/* What a run has not got to, by the scalar kernel. */
static inline struct slip_run slip_unescape_rest(struct slip_run run, uint8_t *out, size_t size,
                                                 const uint8_t *in, size_t n)
{
	size_t room = size - run.written, left = n - run.used;

	return slip_run_sum(
		run, slip_kernels_scalar.unescape(out + run.written, room, in + run.used, left));
}

static inline struct slip_run slip_escape_rest(struct slip_run run, uint8_t *out, size_t size,
                                               const uint8_t *in, size_t n)
{
	size_t room = size - run.written, left = n - run.used;

	return slip_run_sum(
		run, slip_kernels_scalar.escape(out + run.written, room, in + run.used, left));
}

/* --- where escapes are close together, looking for the next one is slower than taking octet by
 * octet --- */

struct slip_density {
	size_t after; /* of the input: the last escape ended there */
	size_t most;  /* octets to take one by one now; none at first, more and more as escapes stay
	                 close */
};

enum { SLIP_CLOSE = 16, SLIP_MOST = 504 };

/* The next escape begins at `at` of the input. */
static inline bool slip_is_dense(struct slip_density *density, size_t at)
{
	if (at - density->after >= SLIP_CLOSE)
		density->most = 0;
	else if (density->most < SLIP_MOST)
		density->most = 2 * density->most + SLIP_CLOSE / 2;
	return density->most >= SLIP_CLOSE;
}

/* unescape and escape of at the most that many octets, and of all escapes side by side. May stop
 * anywhere else. */
struct slip_run slip_unescape_dense(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                    size_t most);
struct slip_run slip_escape_dense(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                  size_t most);

static inline bool slip_is_special(uint8_t octet)
{
	return octet == SLIP_END || octet == SLIP_ESC;
}

/* ESC_END and ESC_ESC, END and ESC: the lowest bit tells the two apart. */
static inline bool slip_is_second(uint8_t octet)
{
	return (octet | 1) == SLIP_ESC_ESC;
}

static inline uint8_t slip_unescaped(uint8_t second)
{
	return second & 1 ? SLIP_ESC : SLIP_END;
}

static inline uint8_t slip_escaped(uint8_t special)
{
	return SLIP_ESC_END | (special & 1);
}

static inline size_t slip_least(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

enum { SLIP_FEW = 4 };

/* A few escapes side by side at the beginning of in. */
static inline struct slip_run slip_unescape_few(uint8_t *out, size_t size, const uint8_t *in,
                                                size_t n)
{
	size_t i = 0, most = slip_least(n / 2, size, SLIP_FEW);

	while (i < most && in[2 * i] == SLIP_ESC && slip_is_second(in[2 * i + 1])) {
		out[i] = slip_unescaped(in[2 * i + 1]);
		i++;
	}
	return (struct slip_run){2 * i, i};
}

/* A few ENDs and ESCs side by side at the beginning of in. */
static inline struct slip_run slip_escape_few(uint8_t *out, size_t size, const uint8_t *in,
                                              size_t n)
{
	size_t i = 0, most = slip_least(n, size / 2, SLIP_FEW);

	while (i < most && slip_is_special(in[i])) {
		out[2 * i] = SLIP_ESC;
		out[2 * i + 1] = slip_escaped(in[i]);
		i++;
	}
	return (struct slip_run){i, 2 * i};
}

#pragma GCC visibility pop
#endif
