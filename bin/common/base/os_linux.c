#include "base/os.h"

#include <errno.h>
#include <linux/magic.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/timex.h>
#include <sys/vfs.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"

#define SECOND 1000000000 /* nanoseconds */

int os_random(void *out, size_t n)
{
	return getentropy(out, n);
}

/* --- descriptors to wait for --- */

int event_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void event_raise(int fd)
{
	if (eventfd_write(fd, 1) < 0 && errno != EAGAIN)
		log_error("eventfd: %s", strerror(errno));
}

void event_drain(int fd)
{
	eventfd_t count;

	if (eventfd_read(fd, &count) < 0 && errno != EAGAIN)
		log_error("eventfd: %s", strerror(errno));
}

int os_signals_open(const int *signals, size_t n)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < n; i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool os_signal_is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int os_signals_read(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int os_timer_open(void)
{
	return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

void os_timer_set(int fd, int64_t when_ns)
{
	struct itimerspec at = {
		.it_value = {.tv_sec = when_ns / SECOND, .tv_nsec = when_ns % SECOND}};

	if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) < 0)
		log_error("timerfd: %s", strerror(errno));
}

void os_timer_drain(int fd)
{
	uint64_t times;

	if (read(fd, &times, sizeof times) < 0 && errno != EAGAIN)
		log_error("timerfd: %s", strerror(errno));
}

/* --- TCP --- */

void os_cork(int socket, bool on)
{
	int value = on;

	setsockopt(socket, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

int os_unsent(int socket)
{
	int octets = 0;

	return ioctl(socket, SIOCOUTQ, &octets) < 0 ? 0 : octets;
}

/* --- threads --- */

/* Another thread's name is a file of /proc, which a filter of system calls forbids. */
void os_keep_alive(int socket, unsigned seconds)
{
	int on = 1, wait = (int)seconds / 4, limit_ms = (int)seconds * 1000;

	setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &wait, sizeof wait);
	setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &wait, sizeof wait);
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
}

void os_name_thread(const char *name)
{
	pthread_setname_np(pthread_self(), name);
}

bool os_terminal_size(int fd, int *height, int *width)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		return false;
	*height = size.ws_row;
	*width = size.ws_col;
	return true;
}

/* fstat(2) knows /dev/tty by a number of its own. */
uint64_t os_terminal(int fd)
{
	struct stat status;
	unsigned number;

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGDEV, &number) == 0)
		return makedev(number >> 8 & 0xfff, (number & 0xff) | (number >> 12 & 0xfff00));
	return fstat(fd, &status) == 0 ? status.st_rdev : 0;
}

bool os_clock_is_kept(void)
{
	struct timex t = {.modes = 0};

	return adjtimex(&t) != TIME_ERROR;
}

const char *os_kernel_file_system(const char *path)
{
	static const struct {
		unsigned long type;
		const char *name;
	} made_up[] = {
		{PROC_SUPER_MAGIC, "proc"},       {SYSFS_MAGIC, "sysfs"},
		{CGROUP2_SUPER_MAGIC, "cgroup2"}, {CGROUP_SUPER_MAGIC, "cgroup"},
		{DEBUGFS_MAGIC, "debugfs"},       {TRACEFS_MAGIC, "tracefs"},
		{SECURITYFS_MAGIC, "securityfs"}, {DEVPTS_SUPER_MAGIC, "devpts"},
	};
	struct statfs about;

	if (statfs(path, &about) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++)
		if ((unsigned long)about.f_type == made_up[i].type)
			return made_up[i].name;
	return NULL;
}
