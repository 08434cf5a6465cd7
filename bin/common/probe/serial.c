#include "probe/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/limit.h"
#include "base/text.h"
#include "base/wait_fd.h"
#include "probe/serial_port.h"
#include "probe/serial_tcp.h"

struct serial {
	int fd;
	int lock_fd; /* holds the lock; the same as fd where libserialport does not serve */
	struct sp_port *port; /* NULL: libserialport does not serve */
	bool is_tcp;
	unsigned flags;
};

/* --- words --- */

static void add_path(void *text, const struct serial_info *info)
{
	struct text *t = text;

	if (t->length + strlen(info->path) + 4 < t->size)
		text_add(t, "%s%s", t->length ? ", " : "", info->path);
}

static int refuse_missing(const char *path, struct why *why)
{
	char paths[300] = "";
	struct text t = {paths, sizeof paths, 0};

	if (serial_tcp_is_meant(path))
		return why_set(why, "no such port (that of another host is tcp:HOST:PORT)");
	serial_list(add_path, &t);
	if (!t.length)
		return why_set(why, "no such port (is the probe plugged in? no USB serial port is "
		                    "there)");
	return why_set(why, "no such port (there are: %s)", paths);
}

static int refuse_used(const char *path, struct why *why)
{
	char holder[96];

	serial_port_name_holder(path, holder, sizeof holder);
	return why_set(why, "in use%s", holder);
}

static int refuse_errno(const char *path, struct why *why)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return refuse_missing(path, why);
	case EPERM: /* of a folder's or a file's mode it would be EACCES */
		return why_set(why,
		               "not permitted (of a service: DeviceAllow= in its unit, and the "
		               "driver loaded before it starts; of a container: --device)");
	case EACCES:
		return why_set(why, "permission denied (be a member of the group that owns it, "
		                    "often dialout)");
	case EBUSY:
		return refuse_used(path, why);
	case ENXIO:
	case ENODEV:
	case EIO:
		return why_set(why, "there is no device behind this port (%s)", strerror(errno));
	case ENOTTY:
	case EINVAL:
		return why_set(why, "not a terminal");
	default:
		return why_set(why, "%s", strerror(errno));
	}
}

/* --- opening --- */

/* The lock comes before any setting is touched: a process that has the port keeps it as it is. */
static int open_locked(const char *path, struct why *why)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return refuse_errno(path, why);
	if (S_ISREG(status.st_mode))
		return why_set(why,
		               "not a terminal but a file (slip-dump -r reads what was recorded)");
	if (S_ISDIR(status.st_mode))
		return why_set(why, "not a terminal but a folder (--list shows the ports)");
	if (!S_ISCHR(status.st_mode))
		return why_set(why, "not a terminal");
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return refuse_errno(path, why);
	if (!isatty(fd))
		refuse_errno(path, why);
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		refuse_used(path, why);
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

static void set_line(const char *path, const char *name, int (*set)(int, bool), int fd, bool on)
{
	if (set(fd, on) < 0)
		limited_warning("%s: has no %s to be set (%s)", path, name, strerror(errno));
}

static void set_lines(int fd, const char *path, unsigned flags)
{
	enum { RESET_MS = 100 };

	if (flags & SERIAL_RESET) {
		set_line(path, "DTR", serial_port_set_dtr, fd, false);
		wait_fd(-1, 0, RESET_MS);
		set_line(path, "DTR", serial_port_set_dtr, fd, true);
	}
	if (flags & (SERIAL_DTR_ON | SERIAL_DTR_OFF))
		set_line(path, "DTR", serial_port_set_dtr, fd, flags & SERIAL_DTR_ON);
	if (flags & (SERIAL_RTS_ON | SERIAL_RTS_OFF))
		set_line(path, "RTS", serial_port_set_rts, fd, flags & SERIAL_RTS_ON);
}

/* Also after libserialport the port is set anew: it leaves HUPCL on, and VMIN = 0, with which
 * read(2) says 0 for "nothing" and for "gone" alike. */
static int open_port(struct serial *s, const char *path, unsigned baud, struct why *why)
{
	s->fd = s->lock_fd = open_locked(path, why);
	if (s->lock_fd < 0)
		return -1;
	s->port = open_with_libserialport(path, baud);
	if (s->port && sp_get_port_handle(s->port, &s->fd) == SP_OK)
		fcntl(s->fd, F_SETFD, FD_CLOEXEC);
	if (serial_port_set(s->fd, baud, s->flags, why) < 0)
		return -1;
	set_lines(s->fd, path, s->flags);
	serial_port_claim(s->fd);
	serial_port_lower_latency(s->fd);
	return 0;
}

static int open_either(struct serial *s, const char *path, unsigned baud, struct why *why)
{
	char resolved[PATH_MAX];

	s->is_tcp = serial_is_tcp(path);
	s->fd = s->lock_fd = -1;
	if (s->is_tcp) {
		s->fd = serial_tcp_open(path, why);
		return s->fd < 0 ? -1 : 0;
	}
	if (!realpath(path, resolved))
		return refuse_errno(path, why);
	return open_port(s, resolved, baud, why);
}

struct serial *serial_open(const char *path, unsigned baud, unsigned flags, struct why *why)
{
	struct serial *s = calloc(1, sizeof *s);

	if (!s) {
		why_set(why, "%s", strerror(ENOMEM));
		return NULL;
	}
	s->flags = flags;
	if (open_either(s, path, baud, why) == 0)
		return s;
	serial_close(s);
	return NULL;
}

int serial_set_baud(struct serial *s, unsigned baud, struct why *why)
{
	if (s->is_tcp)
		return why_set(why, "has no speed that could be set from here");
	return serial_port_set(s->fd, baud, s->flags, why);
}

void serial_empty(struct serial *s)
{
	if (!s->is_tcp)
		serial_port_empty(s->fd);
}

int serial_fd(const struct serial *s)
{
	return s->fd;
}

/* --- in use --- */

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
	if (s->is_tcp && s->fd >= 0)
		close(s->fd);
	if (s->lock_fd >= 0) {
		/* Another program may hold a descriptor, with which the claim would stay. */
		serial_port_release(s->fd);
		if (s->port) {
			sp_close(s->port);
			sp_free_port(s->port);
		}
		close(s->lock_fd);
	}
	free(s);
}
