#include "base/wait_fd.h"

#include <poll.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"

static int left_ms(int64_t deadline)
{
	int64_t left = deadline - monotonic_ns();

	if (deadline == INT64_MAX)
		return -1;
	return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

/* Signals that come all the time do not put the deadline off. */
enum wait_result wait_fd(int fd, short events, int timeout_ms)
{
	int64_t deadline =
		timeout_ms < 0 ? INT64_MAX : monotonic_ns() + timeout_ms * INT64_C(1000000);

	for (;;) {
		struct pollfd fds[] = {{fd, events, 0},
		                       {loop_stop_fd(), POLLIN, 0},
		                       {loop_signal_fd(), POLLIN, 0}};
		int n = loop_wait(fds, 3, loop_tick(left_ms(deadline)));

		if (n == 0 && monotonic_ns() >= deadline)
			return WAIT_TIMEOUT;
		if (n > 0 && fds[2].revents && loop_read_signals() == LOOP_SIGNAL_STOP)
			loop_stop(EXIT_OK);
		if (n > 0 && fds[0].revents)
			return WAIT_READY;
		if (loop_stopping())
			return WAIT_STOPPED;
	}
}
