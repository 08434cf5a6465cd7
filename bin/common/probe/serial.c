#include "probe/serial.h"

#include <asm/termbits.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <linux/serial.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PATHS_MAX = 64, WORDS_SIZE = 512 };

struct serial {
	int fd;
	int lock_fd;          /* holds the lock; the same as fd where termios alone serves */
	struct sp_port *port; /* NULL: opened with termios */
};

static char words[WORDS_SIZE];

static int refuse(const char **why, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int refuse(const char **why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	*why = words;
	return -1;
}

/* --- who else has it --- */

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

static void name_process(char *out, size_t size, const char *pid)
{
	char path[64], name[32] = "";
	ssize_t n = -1;

	snprintf(path, sizeof path, "/proc/%.20s/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, name, sizeof name - 1);
		close(fd);
	}
	name[n > 0 ? n - 1 : 0] = '\0';
	snprintf(out, size, " by %s, process %.20s", name, pid);
}

/* The pid of whoever holds the lock, from lines such as "1: FLOCK  ADVISORY  WRITE 4711 00:16:3 0
 * EOF". */
static bool find_lock(char pid[24], const char *path)
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
		found = start && snprintf(pid, 24, "%s", start + 1) > 0;
	}
	fclose(locks);
	return found;
}

static bool find_open(char pid[24], const char *path)
{
	char self[24];
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
			snprintf(pid, 24, "%.23s", entry->d_name);
	}
	closedir(proc);
	return found;
}

/* Only what this user may see in /proc: the words stay true without it. */
static const char *holder(const char *path)
{
	static char text[96];
	char pid[24];

	text[0] = '\0';
	if (find_lock(pid, path) || find_open(pid, path))
		name_process(text, sizeof text, pid);
	return text;
}

/* --- what there is --- */

struct path_list {
	char path[PATHS_MAX][PATH_MAX];
	unsigned count;
};

static bool is_listed(const struct path_list *list, const char *path)
{
	for (unsigned i = 0; i < list->count; i++)
		if (strcmp(list->path[i], path) == 0)
			return true;
	return false;
}

static void list_folder(const char *folder, const char *const *prefixes, struct path_list *seen,
                        void (*found)(void *, const char *), void *context)
{
	char path[PATH_MAX];
	DIR *d = opendir(folder);

	if (!d)
		return;
	for (struct dirent *entry; seen->count < PATHS_MAX && (entry = readdir(d));) {
		bool wanted = false;

		for (const char *const *prefix = prefixes; *prefix; prefix++)
			wanted |= strncmp(entry->d_name, *prefix, strlen(*prefix)) == 0;
		if (!wanted || entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (!realpath(path, seen->path[seen->count]) ||
		    is_listed(seen, seen->path[seen->count]))
			continue;
		seen->count++;
		found(context, path);
	}
	closedir(d);
}

void serial_list(void (*found)(void *context, const char *path), void *context)
{
	struct path_list *seen = calloc(1, sizeof *seen);

	if (!seen)
		return;
	list_folder("/dev/serial/by-id", (const char *const[]){"", NULL}, seen, found, context);
	list_folder("/dev", (const char *const[]){"ttyUSB", "ttyACM", NULL}, seen, found, context);
	free(seen);
}

struct advice {
	char *out;
	size_t size, used;
};

static void add_advice(void *context, const char *path)
{
	struct advice *a = context;

	if (a->used + strlen(path) + 4 < a->size)
		a->used += (size_t)snprintf(a->out + a->used, a->size - a->used, "%s%s",
		                            a->used ? ", " : "", path);
}

static int refuse_missing(const char **why)
{
	char text[300] = "";
	struct advice a = {text, sizeof text, 0};

	serial_list(add_advice, &a);
	if (!a.used)
		return refuse(
			why, "no such port (is the probe plugged in? no USB serial port is there)");
	return refuse(why, "no such port (there are: %s)", text);
}

/* --- opening --- */

static int refuse_errno(const char *path, const char **why)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return refuse_missing(why);
	case EACCES:
	case EPERM:
		return refuse(
			why,
			"permission denied (be a member of the group that owns it, often dialout)");
	case EBUSY:
		return refuse(why, "in use%s", holder(path));
	case ENXIO:
	case ENODEV:
	case EIO:
		return refuse(why, "there is no device behind this port (%s)", strerror(errno));
	case ENOTTY:
	case EINVAL:
		return refuse(why, "not a terminal");
	default:
		return refuse(why, "%s", strerror(errno));
	}
}

/* The lock comes before any setting is touched: whoever has the port keeps it as it is. */
static int open_locked(const char *path, const char **why)
{
	struct termios2 settings;
	struct stat status;

	if (stat(path, &status) < 0)
		return refuse_errno(path, why);
	if (!S_ISCHR(status.st_mode))
		return refuse(why, "not a terminal");
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return refuse_errno(path, why);
	if (ioctl(fd, TCGETS2, &settings) < 0)
		refuse_errno(path, why);
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		refuse(why, "in use%s", holder(path));
	else
		return fd;
	close(fd);
	return -1;
}

/* NULL where libserialport does not serve: a terminal that is no entry of /sys/class/tty, or that
 * knows no modem lines. */
static struct sp_port *open_with_libserialport(const char *path, unsigned baud)
{
	struct sp_port *port;

	if (sp_get_port_by_name(path, &port) != SP_OK)
		return NULL;
	if (sp_open(port, SP_MODE_READ_WRITE) == SP_OK) {
		if (sp_set_baudrate(port, (int)baud) == SP_OK && sp_set_bits(port, 8) == SP_OK &&
		    sp_set_parity(port, SP_PARITY_NONE) == SP_OK &&
		    sp_set_stopbits(port, 1) == SP_OK &&
		    sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK)
			return port;
		sp_close(port);
	}
	sp_free_port(port);
	return NULL;
}

/* Also after libserialport: it leaves HUPCL set, and VMIN = 0, with which read says 0 for "nothing"
 * and for "gone" alike. */
static int settle(int fd, unsigned baud, unsigned flags, const char **why)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return refuse(why, "%s", strerror(errno));
	t.c_iflag = IGNBRK;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT |
	            (flags & SERIAL_HANGUP ? HUPCL : 0);
	t.c_ispeed = t.c_ospeed = baud;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (ioctl(fd, TCSETS2, &t) < 0 || ioctl(fd, TCGETS2, &t) < 0)
		return refuse(why, "%u baud, 8N1: %s", baud, strerror(errno));
	/* Drivers round to what their clock divides to; a receiver copes with 2 or 3 percent. */
	unsigned off = t.c_ospeed > baud ? t.c_ospeed - baud : baud - t.c_ospeed;
	if (off > baud / 33)
		return refuse(why, "cannot do %u baud (the nearest it does is %u)", baud,
		              t.c_ospeed);
	return 0;
}

/* Best effort: FTDI adapters else hold octets back for 16 ms. */
static void lower_latency(int fd)
{
	struct serial_struct s;

	if (ioctl(fd, TIOCGSERIAL, &s) < 0 || s.flags & ASYNC_LOW_LATENCY)
		return;
	s.flags |= ASYNC_LOW_LATENCY;
	ioctl(fd, TIOCSSERIAL, &s);
}

struct serial *serial_open(const char *path, unsigned baud, unsigned flags, const char **why)
{
	char resolved[PATH_MAX];

	if (!realpath(path, resolved)) {
		refuse_errno(path, why);
		return NULL;
	}
	struct serial *s = calloc(1, sizeof *s);
	if (!s) {
		refuse(why, "%s", strerror(ENOMEM));
		return NULL;
	}
	s->fd = s->lock_fd = open_locked(resolved, why);
	if (s->lock_fd < 0) {
		free(s);
		return NULL;
	}
	s->port = open_with_libserialport(resolved, baud);
	if (s->port && sp_get_port_handle(s->port, &s->fd) == SP_OK)
		fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	if (settle(s->fd, baud, flags, why) < 0) {
		serial_close(s);
		return NULL;
	}
	ioctl(s->fd, TIOCEXCL);
	lower_latency(s->fd);
	return s;
}

int serial_fd(const struct serial *s)
{
	return s->fd;
}

ssize_t serial_read(struct serial *s, uint8_t *out, size_t size)
{
	ssize_t n = read(s->fd, out, size);

	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

ssize_t serial_write(struct serial *s, const uint8_t *octets, size_t n)
{
	ssize_t written = write(s->fd, octets, n);

	if (written >= 0)
		return written;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

void serial_close(struct serial *s)
{
	/* TIOCEXCL stays with the terminal until its last descriptor is closed: another program may
	 * hold one. */
	ioctl(s->fd, TIOCNXCL);
	if (s->port) {
		sp_close(s->port);
		sp_free_port(s->port);
	}
	close(s->lock_fd);
	free(s);
}
