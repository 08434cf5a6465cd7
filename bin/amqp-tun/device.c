#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TUN_PATH "/dev/net/tun"
#define BE_PRIVILEGED "run as root, or give it CAP_NET_ADMIN"

enum { COUNTERS_SIZE = 65536, COLUMN_TX_DROPPED = 12 };

int device_enter_namespace(const char *name, char why[WHY_SIZE])
{
	char path[300];

	snprintf(path, sizeof path, "/var/run/netns/%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(why, WHY_SIZE, "--netns '%.100s': %s%s", name, strerror(errno),
		         errno == ENOENT ? " (ip netns list shows those that exist)" : "");
		return -1;
	}
	int outcome = setns(fd, CLONE_NEWNET);
	if (outcome < 0)
		snprintf(why, WHY_SIZE, "--netns '%.100s': %s%s", name, strerror(errno),
		         errno == EPERM ? " (entering it needs root, or CAP_SYS_ADMIN)" : "");
	close(fd);
	return outcome;
}

int device_open(char why[WHY_SIZE])
{
	int fd = open(TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	const char *advice = "";

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		advice = " (" BE_PRIVILEGED ")";
	else if (errno == ENOENT || errno == ENODEV)
		advice = " (load the module: modprobe tun)";
	snprintf(why, WHY_SIZE, TUN_PATH ": %s%s", strerror(errno), advice);
	return -1;
}

static void explain_attach(const char *wanted, int error, char why[WHY_SIZE])
{
	const char *name = wanted ? wanted : "tun";

	if (error == EPERM)
		snprintf(why, WHY_SIZE, TUN_PATH ": %s (" BE_PRIVILEGED ")", strerror(error));
	else if (error == EBUSY)
		snprintf(why, WHY_SIZE, "interface '%s': is in use by another process (choose another --ifname)", name);
	else if (error == EINVAL)
		snprintf(why, WHY_SIZE,
		         "interface '%s': exists, and is no TUN interface of one queue (choose another --ifname)",
		         name);
	else
		snprintf(why, WHY_SIZE, "interface '%s': %s", name, strerror(error));
}

int device_attach(int device, const char *wanted, char name[IFNAMSIZ], char why[WHY_SIZE])
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	/* Without a %d the kernel would take "tun" itself. */
	snprintf(request.ifr_name, IFNAMSIZ, "%s", wanted ? wanted : "tun%d");
	if (ioctl(device, TUNSETIFF, &request) < 0) {
		explain_attach(wanted, errno, why);
		return -1;
	}
	memcpy(name, request.ifr_name, IFNAMSIZ);
	name[IFNAMSIZ - 1] = '\0';
	return 0;
}

ssize_t device_read(int device, uint8_t *out, size_t size)
{
	ssize_t n = read(device, out, size);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

int device_write(int device, const uint8_t *packet, size_t length)
{
	ssize_t n;

	do
		n = write(device, packet, length);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int device_counters_open(void)
{
	return open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
}

/* "  tun0:   rx bytes, packets, errs, drop, fifo, frame, compressed, multicast, tx bytes, packets, errs, drop ..." */
static uint64_t read_column(const char *text, unsigned column)
{
	char *end = (char *)text;
	uint64_t value = 0;

	for (unsigned i = 0; i < column; i++)
		value = strtoull(end, &end, 10);
	return value;
}

/* The file comes a page at a time. */
static size_t read_all(int fd, char *out, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size && (n = pread(fd, out + used, size - used, (off_t)used)) > 0)
		used += (size_t)n;
	return used;
}

uint64_t device_dropped(int counters, const char *name)
{
	char text[COUNTERS_SIZE], label[IFNAMSIZ + 1];
	int length = snprintf(label, sizeof label, "%s:", name);

	text[read_all(counters, text, sizeof text - 1)] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (strncmp(line, label, (size_t)length) == 0)
			return read_column(line + length, COLUMN_TX_DROPPED);
	}
	return 0;
}
