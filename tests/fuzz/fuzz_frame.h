/* fuzz_frame.h - what the fuzz targets of libframe share. They are included by the unit test that replays their
 * finds, too. */
#ifndef FUZZ_FRAME_H
#define FUZZ_FRAME_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

/* Not assert: it holds in every build. */
#define REQUIRE(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

#endif
