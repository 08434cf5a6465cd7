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

/* What is opened later must not be taken for one of these. */
static int open_missing(struct why *why)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return why_errno(why, "/dev/null");
	close(fd);
	return 0;
}

static unsigned next_kept(unsigned from)
{
	unsigned next = ~0u;
	int kept;

	for (unsigned i = 0; (kept = outside_descriptor(i)) >= 0; i++)
		if ((unsigned)kept >= from && (unsigned)kept < next)
			next = (unsigned)kept;
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

int descriptors_close_others(struct why *why)
{
	if (open_missing(why) < 0)
		return -1;
	for (unsigned first = STDERR_FILENO + 1; first; first++) {
		unsigned kept = next_kept(first);

		close_from_to(first, kept == ~0u ? kept : kept - 1);
		first = kept;
	}
	return 0;
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
