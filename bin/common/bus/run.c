#include "bus/run.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"

static char run[17];

static void choose(void)
{
	uint64_t random;

	/* Nothing has to be secret here: where the kernel has no random number, the moment and the
	 * process do. */
	if (os_random(&random, sizeof random) < 0)
		random = (uint64_t)now_ns() ^ (uint64_t)getpid() << 48;
	snprintf(run, sizeof run, "%016" PRIx64, random);
}

const char *bus_run(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, choose);
	return run;
}
