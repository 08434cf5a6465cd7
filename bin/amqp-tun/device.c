#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "envelope.h"

#define TUN_PATH      "/dev/net/tun"
#define BE_PRIVILEGED "run as root, or give it CAP_NET_ADMIN"

enum {
	COUNTERS_SIZE = 65536,
	COLUMN_TX_DROPPED = 12,
	/* TUN_F_USO4, TUN_F_USO6 of Linux 6.2, which older headers lack */
	OFFLOAD_USO4 = 0x20,
	OFFLOAD_USO6 = 0x40,
};

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
		snprintf(why, WHY_SIZE,
		         "interface '%s': is in use by another process (choose another --ifname)",
		         name);
	else if (error == EINVAL)
		snprintf(why, WHY_SIZE,
		         "interface '%s': exists, and is no TUN interface of one queue (choose "
		         "another --ifname)",
		         name);
	else
		snprintf(why, WHY_SIZE, "interface '%s': %s", name, strerror(error));
}

static bool has_vnet_header(int device)
{
	unsigned features;

	return ioctl(device, TUNGETFEATURES, &features) == 0 && features & IFF_VNET_HDR;
}

/* UDP apart: Linux knows it from 6.2 on. */
static void set_offload(int device, struct device *attached)
{
	int little_endian = 1, size = ENVELOPE_VNET_HEADER;
	unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
		 udp = tcp | OFFLOAD_USO4 | OFFLOAD_USO6;

	if (ioctl(device, TUNSETVNETHDRSZ, &size) < 0 ||
	    ioctl(device, TUNSETVNETLE, &little_endian) < 0)
		return;
	attached->udp = ioctl(device, TUNSETOFFLOAD, udp) == 0;
	attached->offload = attached->udp || ioctl(device, TUNSETOFFLOAD, tcp) == 0;
}

void device_end_offload(int device)
{
	ioctl(device, TUNSETOFFLOAD, 0);
}

static int attach(int device, const char *wanted, short flags, struct ifreq *request,
                  char why[WHY_SIZE])
{
	*request = (struct ifreq){.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags)};
	/* Without a %d the kernel would take "tun" itself. */
	snprintf(request->ifr_name, IFNAMSIZ, "%s", wanted ? wanted : "tun%d");
	if (ioctl(device, TUNSETIFF, request) == 0)
		return 0;
	explain_attach(wanted, errno, why);
	return -1;
}

/* The same descriptor, attached to nothing. */
static int renew(int device, char why[WHY_SIZE])
{
	int fresh = device_open(why);

	if (fresh < 0)
		return -1;
	dup3(fresh, device, O_CLOEXEC);
	close(fresh);
	return 0;
}

int device_attach(int device, const char *wanted, bool offload, struct device *attached,
                  char why[WHY_SIZE])
{
	struct ifreq request;

	*attached = (struct device){.offload = false};
	offload = offload && has_vnet_header(device);
	if (attach(device, wanted, offload ? IFF_VNET_HDR : 0, &request, why) < 0)
		return -1;
	memcpy(attached->name, request.ifr_name, IFNAMSIZ);
	attached->name[IFNAMSIZ - 1] = '\0';
	attached->persistent =
		ioctl(device, TUNGETIFF, &request) == 0 && request.ifr_flags & IFF_PERSIST;
	if (offload)
		set_offload(device, attached);
	/* Headers without super-packets, or in the wrong order of octets, are worse than none. */
	if (offload && !attached->offload)
		return renew(device, why) < 0 ? -1
		                              : device_attach(device, wanted, false, attached, why);
	return 0;
}

ssize_t device_read(int device, bool offload, uint8_t *out, size_t size)
{
	size_t header = offload ? 0 : ENVELOPE_VNET_HEADER;
	ssize_t n;

	memset(out, 0, ENVELOPE_VNET_HEADER);
	n = read(device, out + header, size - header);
	if (n > 0)
		return n + (ssize_t)header;
	return n == 0 || errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static int write_parts(int device, const struct iovec *parts, int count)
{
	ssize_t n;

	do
		n = writev(device, parts, count);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int device_write(int device, bool offload, const uint8_t *packet, size_t length)
{
	static const uint8_t header[ENVELOPE_VNET_HEADER];
	struct iovec parts[] = {{(void *)header, sizeof header}, {(void *)packet, length}};

	return offload ? write_parts(device, parts, 2) : write_parts(device, parts + 1, 1);
}

int device_write_super(int device, const uint8_t *octets, size_t count)
{
	return write_parts(device, &(struct iovec){(void *)octets, count}, 1);
}

int device_counters_open(void)
{
	return open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
}

/* "  tun0:   rx bytes, packets, errs, drop, fifo, frame, compressed, multicast, tx bytes, packets,
 * errs, drop ..." */
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
