/* slip_reference.h - what libslip's kernels must do, octet by octet and sharing nothing with them:
 * for the unit tests and the plain runner. */
#ifndef SLIP_REFERENCE_H
#define SLIP_REFERENCE_H

#include "../../libslip/kernels/slip_kernels.h"

static inline struct slip_run reference_unescape(uint8_t *out, size_t size, const uint8_t *in,
                                                 size_t n)
{
	struct slip_run run = {0, 0};

	while (run.used < n && run.written < size && in[run.used] != 0xC0) {
		if (in[run.used] != 0xDB) {
			out[run.written++] = in[run.used++];
			continue;
		}
		if (run.used + 1 == n || (in[run.used + 1] != 0xDC && in[run.used + 1] != 0xDD))
			break;
		out[run.written++] = in[run.used + 1] == 0xDC ? 0xC0 : 0xDB;
		run.used += 2;
	}
	return run;
}

static inline struct slip_run reference_escape(uint8_t *out, size_t size, const uint8_t *in,
                                               size_t n)
{
	struct slip_run run = {0, 0};

	for (; run.used < n; run.used++) {
		bool special = in[run.used] == 0xC0 || in[run.used] == 0xDB;

		if (size - run.written < (special ? 2 : 1))
			break;
		if (special)
			out[run.written++] = 0xDB;
		out[run.written++] = !special ? in[run.used] : in[run.used] == 0xC0 ? 0xDC : 0xDD;
	}
	return run;
}

static inline size_t reference_count(const uint8_t *in, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += in[i] == 0xC0 || in[i] == 0xDB;
	return found;
}

static inline size_t reference_span(const uint8_t *in, size_t n)
{
	size_t i = 0;

	while (i < n && in[i] != 0xC0 && in[i] != 0xDB)
		i++;
	return i;
}

#endif
