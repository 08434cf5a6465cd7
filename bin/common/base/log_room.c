#include "base/log_room.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { PATIENCE_MS = 200 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_file = true, is_socket;
static int own_fd = -1;       /* the same pipe or terminal, with flags of its own */
static int ends_wait_fd = -1; /* a wait has no other end */
static bool is_full;          /* nothing has been read for as long as we wait */
static uint64_t left_out;     /* lines, since then */

void log_room_begin(void)
{
	struct stat about;

	if (fstat(STDERR_FILENO, &about) < 0 || S_ISREG(about.st_mode))
		return;
	is_file = false;
	is_socket = S_ISSOCK(about.st_mode);
	own_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	log_write_with(log_room_write);
}

/* Where the system gives no descriptor of our own, what a pipe that says POLLOUT takes. */
static ssize_t try_to_write(int fd, const void *octets, size_t count)
{
	struct pollfd room = {fd, POLLOUT, 0};

	if (is_socket)
		return send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (own_fd >= 0)
		return write(own_fd, octets, count);
	if (poll(&room, 1, 0) == 1)
		return write(fd, octets, count < PIPE_BUF ? count : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

static bool await_room(int fd, int64_t deadline)
{
	struct pollfd fds[] = {{own_fd >= 0 ? own_fd : fd, POLLOUT, 0}, {ends_wait_fd, POLLIN, 0}};
	int64_t left_ms = (deadline - monotonic_ns()) / 1000000;

	if (is_full || (ends_wait_fd < 0 && left_ms <= 0))
		return false;
	poll(fds, 2, ends_wait_fd >= 0 ? -1 : (int)left_ms);
	return !fds[1].revents;
}

static uint64_t count_lines(const char *octets, size_t count)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < count; i++)
		lines += octets[i] == '\n';
	return lines;
}

static ssize_t write_in_time(int fd, const void *octets, size_t count)
{
	int64_t deadline = monotonic_ns() + PATIENCE_MS * INT64_C(1000000);

	for (;;) {
		ssize_t n = try_to_write(fd, octets, count);

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		if (errno == EAGAIN && !await_room(fd, deadline)) {
			is_full = true;
			left_out += count_lines(octets, count);
			return -1;
		}
	}
}

ssize_t log_room_write(int fd, const void *octets, size_t count)
{
	uint64_t missing = 0;

	if (is_file)
		return write(fd, octets, count);
	pthread_mutex_lock(&lock);
	ssize_t n = write_in_time(fd, octets, count);
	if (n > 0) {
		missing = left_out;
		left_out = 0;
		is_full = false;
	}
	pthread_mutex_unlock(&lock);
	if (missing)
		log_warning("what was said before this is left out (%llu line%s): nobody read "
		            "standard error",
		            (unsigned long long)missing, missing == 1 ? "" : "s");
	return n;
}

void log_room_wait(int signal_fd)
{
	is_full = false;
	ends_wait_fd = signal_fd;
}
