/* amqp-route's links over what fuzzing found. */
#include "fuzz_replay.h"

#include "../fuzz/fuzz_route_links.c"

Test(fuzz, links)
{
	replay("tests/data/route/fuzz_route_links.hex", LLVMFuzzerTestOneInput);
}
