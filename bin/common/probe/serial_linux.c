#include "probe/serial_port.h"

#include <asm/termbits.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe/serial.h"

enum { PID_SIZE = 24 };

/* --- settings --- */

int serial_port_set(int fd, unsigned baud, unsigned flags, struct why *why)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return why_set(why, "%s", strerror(errno));
	t.c_iflag = IGNBRK | (flags & SERIAL_XONXOFF ? IXON | IXOFF : 0);
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT |
	            (flags & SERIAL_HANGUP ? HUPCL : 0) | (flags & SERIAL_RTSCTS ? CRTSCTS : 0);
	t.c_ispeed = t.c_ospeed = baud;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (ioctl(fd, TCSETS2, &t) < 0 || ioctl(fd, TCGETS2, &t) < 0)
		return why_set(why, "%u baud, 8N1: %s", baud, strerror(errno));
	/* Drivers round to what their clock divides to; a receiver copes with 2 or 3 percent. */
	unsigned off = t.c_ospeed > baud ? t.c_ospeed - baud : baud - t.c_ospeed;
	if (off > baud / 33)
		return why_set(why, "cannot do %u baud (the nearest it does is %u)", baud,
		               t.c_ospeed);
	return 0;
}

static int set_line(int fd, int line, bool on)
{
	return ioctl(fd, on ? TIOCMBIS : TIOCMBIC, &line);
}

int serial_port_set_dtr(int fd, bool on)
{
	return set_line(fd, TIOCM_DTR, on);
}

int serial_port_set_rts(int fd, bool on)
{
	return set_line(fd, TIOCM_RTS, on);
}

void serial_port_claim(int fd)
{
	ioctl(fd, TIOCEXCL);
}

void serial_port_release(int fd)
{
	ioctl(fd, TIOCNXCL);
}

void serial_port_empty(int fd)
{
	ioctl(fd, TCFLSH, TCIFLUSH);
}

void serial_port_lower_latency(int fd)
{
	struct serial_struct s;

	if (ioctl(fd, TIOCGSERIAL, &s) < 0 || s.flags & ASYNC_LOW_LATENCY)
		return;
	s.flags |= ASYNC_LOW_LATENCY;
	ioctl(fd, TIOCSSERIAL, &s);
}

/* --- which process has it: what this user may see in /proc --- */

static bool process_has_open(const char *pid, const char *path)
{
	char folder[64], target[PATH_MAX];
	bool found = false;

	snprintf(folder, sizeof folder, "/proc/%.20s/fd", pid);
	DIR *d = opendir(folder);
	if (!d)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(d));) {
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target, sizeof target - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, path) == 0;
	}
	closedir(d);
	return found;
}

/* The pid of whoever holds the lock, from lines such as "1: FLOCK  ADVISORY  WRITE 4711 00:16:3 0
 * EOF". */
static bool find_lock(char pid[PID_SIZE], const char *path)
{
	char file[64], line[256];
	struct stat status;
	bool found = false;
	FILE *locks = fopen("/proc/locks", "re");

	if (!locks || stat(path, &status) < 0) {
		if (locks)
			fclose(locks);
		return false;
	}
	snprintf(file, sizeof file, " %02x:%02x:%lu ", major(status.st_dev), minor(status.st_dev),
	         (unsigned long)status.st_ino);
	while (!found && fgets(line, sizeof line, locks)) {
		char *end = strstr(line, file);

		if (!end || !strstr(line, "FLOCK"))
			continue;
		*end = '\0';
		const char *start = strrchr(line, ' ');
		found = start && snprintf(pid, PID_SIZE, "%s", start + 1) > 0;
	}
	fclose(locks);
	return found;
}

static bool find_open(char pid[PID_SIZE], const char *path)
{
	char self[PID_SIZE];
	bool found = false;
	DIR *proc = opendir("/proc");

	snprintf(self, sizeof self, "%d", (int)getpid());
	if (!proc)
		return false;
	for (struct dirent *entry; !found && (entry = readdir(proc));) {
		bool process = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';

		found = process && strcmp(entry->d_name, self) != 0 &&
		        process_has_open(entry->d_name, path);
		if (found)
			snprintf(pid, PID_SIZE, "%.23s", entry->d_name);
	}
	closedir(proc);
	return found;
}

void serial_port_name_holder(const char *path, char *out, size_t size)
{
	char pid[PID_SIZE], comm[64], name[32] = "";
	ssize_t n = -1;

	*out = '\0';
	if (!find_lock(pid, path) && !find_open(pid, path))
		return;
	snprintf(comm, sizeof comm, "/proc/%.20s/comm", pid);
	int fd = open(comm, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, sizeof name - 1);
		close(fd);
	}
	name[n > 0 ? n - 1 : 0] = '\0';
	snprintf(out, size, " by %s, process %.20s", name, pid);
}
