/* Ends a test by SIGPROF when it has used so many seconds of the processor: a step that takes
 * quadratic time is seen, on a machine that is busy with something else too. */
#ifndef PROCESSOR_SECONDS_H
#define PROCESSOR_SECONDS_H

#include <sys/time.h>

static inline void processor_seconds(int seconds)
{
	setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = seconds}, NULL);
}

#endif
