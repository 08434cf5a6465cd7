/* ZEP and link layers over what fuzzing started from. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_packet_zep.c"

Test(fuzz, zep)
{
	replay("tests/data/packet/fuzz_packet_zep.hex", LLVMFuzzerTestOneInput);
}
