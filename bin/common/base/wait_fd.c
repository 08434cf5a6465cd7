#include "base/wait_fd.h"

#include <poll.h>

#include "base/log.h"
#include "base/loop.h"

enum wait_result wait_fd(int fd, short events, int timeout_ms)
{
	for (;;) {
		struct pollfd fds[] = {{fd, events, 0},
		                       {loop_stop_fd(), POLLIN, 0},
		                       {loop_signal_fd(), POLLIN, 0}};
		int n = loop_poll(fds, 3, timeout_ms);

		if (n == 0)
			return WAIT_TIMEOUT;
		if (n > 0 && fds[2].revents && loop_read_signals() == LOOP_SIGNAL_STOP)
			loop_stop(EXIT_OK);
		if (n > 0 && fds[0].revents)
			return WAIT_READY;
		if (loop_stopping())
			return WAIT_STOPPED;
	}
}
