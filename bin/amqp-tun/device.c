#include "device.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "envelope.h"

_Static_assert(sizeof(struct virtio_net_hdr) == ENVELOPE_VNET_HEADER, "what the keeper asked for");

enum { COUNTERS_SIZE = 65536, COLUMN_TX_DROPPED = 12 };

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

/* It may have been given another name since. */
static const char *present_name(int device, const char *name, struct ifreq *request)
{
	if (ioctl(device, TUNGETIFF, request) < 0)
		return name;
	request->ifr_name[IFNAMSIZ - 1] = '\0';
	return request->ifr_name;
}

uint64_t device_dropped(int counters, int device, const char *name)
{
	struct ifreq request;
	char text[COUNTERS_SIZE], label[IFNAMSIZ + 1];
	int length = snprintf(label, sizeof label, "%s:", present_name(device, name, &request));

	text[read_all(counters, text, sizeof text - 1)] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (strncmp(line, label, (size_t)length) == 0)
			return read_column(line + length, COLUMN_TX_DROPPED);
	}
	return 0;
}
