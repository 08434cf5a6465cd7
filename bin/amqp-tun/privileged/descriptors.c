#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outside.h"

static unsigned lower(unsigned next, int fd, unsigned from)
{
	return fd >= 0 && (unsigned)fd >= from && (unsigned)fd < next ? (unsigned)fd : next;
}

static unsigned next_kept(unsigned from, int kept)
{
	unsigned next = lower(~0u, kept, from);
	int fd;

	for (unsigned i = 0; (fd = outside_descriptor(i)) >= 0; i++)
		next = lower(next, fd, from);
	return next;
}

/* Kernels before Linux 5.9 close one at a time. */
static void close_from_to(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || close_range(first, last, 0) == 0 ||
	    getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	for (; first <= last && first < limit.rlim_cur; first++)
		close((int)first);
}

void descriptors_close_others(int kept)
{
	for (unsigned first = STDERR_FILENO + 1; first; first++) {
		unsigned next = next_kept(first, kept);

		close_from_to(first, next == ~0u ? next : next - 1);
		first = next;
	}
}

/* --- diagnostics --- */

/* A description of its own, where the system gives one: the flag is not the others' then. */
static bool open_again(void)
{
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return false;
	dup2(fd, STDERR_FILENO);
	close(fd);
	return true;
}

static ssize_t send_at_once(int fd, const void *octets, size_t count)
{
	return send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static ssize_t write_if_room(int fd, const void *octets, size_t count)
{
	struct pollfd room = {fd, POLLOUT, 0};

	return poll(&room, 1, 0) == 1 && room.revents & POLLOUT ? write(fd, octets, count) : -1;
}

void descriptors_never_wait(void)
{
	struct stat about;

	signal(SIGPIPE, SIG_IGN);
	if (fstat(STDERR_FILENO, &about) < 0 || S_ISREG(about.st_mode))
		return;
	if (S_ISSOCK(about.st_mode))
		log_write_with(send_at_once);
	else if (!open_again())
		log_write_with(write_if_room);
}
