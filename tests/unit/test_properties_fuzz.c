/* Properties over what fuzzing started from. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_bus_properties.c"

Test(fuzz, properties)
{
	replay("tests/data/bus/fuzz_bus_properties.hex", LLVMFuzzerTestOneInput);
}
