/* scan.h - what the kernels of several instruction sets are built from. */
#ifndef SLIP_SCAN_H
#define SLIP_SCAN_H

#include <stdbool.h>

#include "slip_kernels.h"

#pragma GCC visibility push(hidden)

extern const struct slip_kernels slip_kernels_scalar, slip_kernels_sse2, slip_kernels_avx2,
	slip_kernels_avx512, slip_kernels_neon;

static inline struct slip_run slip_run_plain(struct slip_run run, size_t plain)
{
	return (struct slip_run){run.used + plain, run.written + plain};
}

static inline struct slip_run slip_run_sum(struct slip_run a, struct slip_run b)
{
	return (struct slip_run){a.used + b.used, a.written + b.written};
}

/* The rest of a run, octet by octet. */
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

/* --- where escapes are close together, searching for the next one is slower than going octet by
 * octet --- */

struct slip_density {
	size_t after; /* of the input: the last escape ended there */
	size_t most;  /* octets to do one by one now; none at first, more and more as escapes stay
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
