/* scan.h - libslip's inner loops, once for each kind of processor. Internal, never installed.
 * All kernels give the same answers octet for octet; they differ in speed alone. */
#ifndef SLIP_SCAN_H
#define SLIP_SCAN_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

struct slip_run {
	size_t used;    /* octets of the input */
	size_t written; /* octets of the output */
};

struct slip_kernels {
	const char *name;

	/* Decodes in[0..n) to out[0..size), and stops before: an END; an ESC without ESC_END or ESC_ESC after it in
	 * in[0..n); whatever does not fit. Writes nothing beyond what it reports. out may overlap in where out <= in. */
	struct slip_run (*unescape)(uint8_t *out, size_t size, const uint8_t *in, size_t n);

	/* Encodes in[0..n) to out[0..size), and stops before the first octet whose encoding does not fit. May use all
	 * of out[0..size) as scratch. */
	struct slip_run (*escape)(uint8_t *out, size_t size, const uint8_t *in, size_t n);

	/* ENDs and ESCs in in[0..n). */
	size_t (*count)(const uint8_t *in, size_t n);

	/* Octets before the first END or ESC in in[0..n), n where there is none. */
	size_t (*span)(const uint8_t *in, size_t n);
};

/* The best for this processor. */
const struct slip_kernels *slip_kernels(void);

/* Those that this processor can run, scalar first: for tests and benchmarks. NULL after the last. */
const struct slip_kernels *slip_kernels_at(unsigned index);

extern const struct slip_kernels slip_kernels_scalar;

#pragma GCC visibility pop
#endif
