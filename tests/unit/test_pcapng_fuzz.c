/* The reader of pcapng over what fuzzing found. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_capture_pcapng.c"

Test(fuzz, pcapng)
{
	replay("tests/data/capture/fuzz_capture_pcapng.hex", LLVMFuzzerTestOneInput);
}
