/* Keys and secured frames over what fuzzing started from. */
#include "fuzz_replay.h"

#define LLVMFuzzerTestOneInput fuzz_file
#include "../fuzz/fuzz_keys_file.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_open
#include "../fuzz/fuzz_keys_open.c"
#undef LLVMFuzzerTestOneInput

Test(fuzz, keys_file)
{
	replay("tests/data/keys/fuzz_keys_file.hex", fuzz_file);
}

Test(fuzz, keys_open)
{
	replay("tests/data/keys/fuzz_keys_open.hex", fuzz_open);
}
