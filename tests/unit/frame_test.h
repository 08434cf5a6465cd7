/* frame_test.h - what the suites of libframe share: hex, random octets, and the sum of all
 * reading. */
#ifndef FRAME_TEST_H
#define FRAME_TEST_H

#include "frame.h"
#include "inputs.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static UNUSED size_t unhex(uint8_t *out, size_t size, const char *hex)
{
	size_t n = 0;

	for (; *hex; hex++) {
		char digits[3] = {hex[0], hex[1], 0};

		if (*hex == ' ')
			continue;
		cr_assert(n < size);
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex++;
	}
	return n;
}

static UNUSED unsigned random_below(unsigned n)
{
	return (unsigned)(random_next() >> 33) % n;
}

static UNUSED bool random_bool(void)
{
	return random_next() >> 63;
}

static UNUSED void random_octets(uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(random_next() >> 56);
}

#endif
