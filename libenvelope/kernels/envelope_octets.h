/* envelope_octets.h - the inside of a JSON array of octets, `96, 0, 58`: one kernel for each
 * instruction set, all behind one table. Internal, never installed. All kernels agree octet for
 * octet where it matters and differ in speed; none reads or writes past the lengths it was given,
 * none calls anything outside this folder. */
#ifndef ENVELOPE_OCTETS_H
#define ENVELOPE_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OCTET_TEXT_MAX = 5 }; /* "255, " */

struct envelope_octets_run {
	size_t used;  /* characters of the text */
	size_t count; /* octets written */
};

struct envelope_octets_kernel {
	const char *name;

	/* Reads what a writer usually puts: 0 to 255 in one to three digits, a comma, at the most
	 * one space, and so on. Stops before a number where anything else follows in text[0..n)
	 * (the last one too: no comma), or for which out[0..size) has no room; behind a comma, so
	 * that a number must follow, unless used is 0. A kernel may stop earlier: to go on from
	 * there, number by number, gives the same octets. out may be scratch up to size. text must
	 * begin with a number, or be anything. */
	struct envelope_octets_run (*read)(uint8_t *out, size_t size, const uint8_t *text,
	                                   size_t n);

	/* Writes n > 0 octets with ", " between them. size must be envelope_octets_text_size at the
	 * least; out may be scratch up to it. Returns the characters written. */
	size_t (*write)(char *out, size_t size, const uint8_t *octets, size_t n);
};

/* The best for this processor. */
const struct envelope_octets_kernel *envelope_octets_best(void);
/* Those that this processor can run, scalar first: for tests. NULL after the last. */
const struct envelope_octets_kernel *envelope_octets_at(unsigned index);

extern const struct envelope_octets_kernel envelope_octets_scalar;
#if defined(__x86_64__)
extern const struct envelope_octets_kernel envelope_octets_avx2, envelope_octets_avx512;
#endif

/* Characters that write writes. */
size_t envelope_octets_text_size(const uint8_t *octets, size_t n);

#endif
