/* wait_fd.h - waiting for one descriptor, ended by the tool's stop: for a reader of a file or a
 * pipe, or a writer into a pipe. Reads signals while it waits, so it works in a worker thread, and
 * in the main thread before loop_run. */
#ifndef WAIT_FD_H
#define WAIT_FD_H

enum wait_result {
	WAIT_READY, /* the events asked for, an error or a hang-up; also where a stop came at the
	               same time */
	WAIT_TIMEOUT,
	WAIT_STOPPED,
};

/* events: POLLIN or POLLOUT; timeout_ms: -1 none; fd -1: waits for the stop alone. */
enum wait_result wait_fd(int fd, short events, int timeout_ms);

#endif
