#include "capture/reading.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"

enum { IDLE, READS, LET_GO };

static _Atomic int state;

ssize_t reading_read(int fd, void *octets, size_t size)
{
	int reads = READS;

	atomic_store(&state, READS);
	ssize_t n = read(fd, octets, size);
	int error = errno;
	if (!atomic_compare_exchange_strong(&state, &reads, IDLE))
		for (;;)
			pause();
	errno = error;
	return n;
}

bool reading_let_go(const char *name)
{
	int reads = READS;

	if (!loop_has_left_behind() || !atomic_compare_exchange_strong(&state, &reads, LET_GO))
		return false;
	log_error("%s: does not give what is read from it: left as it is", name);
	return true;
}
