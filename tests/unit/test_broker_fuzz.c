/* A consumer and a publisher over what fuzzing found. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_agent_broker.c"

Test(fuzz, broker)
{
	replay("tests/data/agent/fuzz_agent_broker.hex", LLVMFuzzerTestOneInput);
}
