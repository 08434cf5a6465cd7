/* Filters over what fuzzing started from. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_packet_filter.c"

Test(fuzz, filter)
{
	replay("tests/data/packet/fuzz_packet_filter.hex", LLVMFuzzerTestOneInput);
}
