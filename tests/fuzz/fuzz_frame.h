/* fuzz_frame.h - what the fuzz targets of libframe share. They are included by the unit test that
 * replays their finds, too. */
#ifndef FUZZ_FRAME_H
#define FUZZ_FRAME_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "frame.h"

/* Not assert: it holds in every build. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

enum { FUZZ_PAGE = 4096, FUZZ_OUT_MAX = FUZZ_PAGE, FUZZ_IN_MAX = 17 * FUZZ_PAGE };

/* octets that end where the next one faults, with or without a sanitizer. */
static inline uint8_t *fuzz_before_guard(uint8_t **block, size_t size, size_t octets)
{
	if (!*block) {
		*block = mmap(NULL, size + FUZZ_PAGE, PROT_READ | PROT_WRITE,
		              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(*block != MAP_FAILED && mprotect(*block + size, FUZZ_PAGE, PROT_NONE) == 0);
	}
	REQUIRE(octets <= size);
	return *block + size - octets;
}

/* Room to write to, kept from run to run. */
static inline uint8_t *fuzz_out(size_t octets)
{
	static uint8_t *block;

	return fuzz_before_guard(&block, FUZZ_OUT_MAX, octets);
}

/* A copy to read from. */
static inline const uint8_t *fuzz_in(const uint8_t *octets, size_t length)
{
	static uint8_t *block;
	uint8_t *copy = fuzz_before_guard(&block, FUZZ_IN_MAX, length);

	if (length)
		memcpy(copy, octets, length);
	return copy;
}

#endif

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);
