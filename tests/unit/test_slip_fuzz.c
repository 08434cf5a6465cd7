/* libslip over what fuzzing found, by each of the kernels. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_slip.c"

static int by_each_of_the_kernels(const uint8_t *in, size_t n)
{
	uint8_t *changed = malloc(n ? n : 1);

	for (uint8_t kernels = 0; kernels < 8 && n > 0; kernels++) {
		memcpy(changed, in, n);
		changed[0] = (uint8_t)((in[0] & ~7) | kernels);
		LLVMFuzzerTestOneInput(changed, n);
	}
	free(changed);
	return 0;
}

Test(fuzz, slip)
{
	replay("tests/data/slip/fuzz_slip.hex", by_each_of_the_kernels);
}
