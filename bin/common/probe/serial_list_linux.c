/* Which ports there are: names of /dev, and what /sys knows of the USB devices behind them. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "probe/serial.h"

enum { PORTS_MAX = 64 };

struct ports {
	char path[PORTS_MAX][PATH_MAX]; /* without links */
	unsigned count;
};

static bool is_listed(const struct ports *ports, const char *path)
{
	for (unsigned i = 0; i < ports->count; i++)
		if (strcmp(ports->path[i], path) == 0)
			return true;
	return false;
}

/* --- what /sys knows --- */

static void read_attribute(char *out, size_t size, const char *folder, const char *name)
{
	char path[PATH_MAX + 32];

	*out = '\0';
	snprintf(path, sizeof path, "%s/%s", folder, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t n = read(fd, out, size - 1);
	close(fd);
	while (n > 0 && isspace((unsigned char)out[n - 1]))
		n--;
	out[n > 0 ? n : 0] = '\0';
}

/* The device is the terminal's own, or one above it: the one that has the numbers of USB. */
static void describe_usb(struct serial_info *info)
{
	char link[PATH_MAX], folder[PATH_MAX];

	snprintf(link, sizeof link, "/sys/class/tty/%s/device", info->device);
	if (!realpath(link, folder))
		return;
	for (char *slash; !info->vendor_id[0] && (slash = strrchr(folder, '/')) && slash != folder;
	     *slash = '\0') {
		read_attribute(info->vendor_id, sizeof info->vendor_id, folder, "idVendor");
		if (!info->vendor_id[0])
			continue;
		read_attribute(info->product_id, sizeof info->product_id, folder, "idProduct");
		read_attribute(info->vendor, sizeof info->vendor, folder, "manufacturer");
		read_attribute(info->product, sizeof info->product, folder, "product");
		read_attribute(info->serial, sizeof info->serial, folder, "serial");
	}
}

/* --- the list --- */

static const char *last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

static void list_one(const char *path, struct ports *seen,
                     void (*found)(void *, const struct serial_info *), void *context)
{
	struct serial_info info = {.path = path};
	char *device = seen->path[seen->count];

	if (!realpath(path, device) || is_listed(seen, device))
		return;
	seen->count++;
	info.device = last_part(device);
	describe_usb(&info);
	found(context, &info);
}

static int is_port(const struct dirent *entry)
{
	return strncmp(entry->d_name, "ttyUSB", 6) == 0 || strncmp(entry->d_name, "ttyACM", 6) == 0;
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void list_folder(const char *folder, int (*wanted)(const struct dirent *),
                        struct ports *seen, void (*found)(void *, const struct serial_info *),
                        void *context)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int n = scandir(folder, &entries, wanted, versionsort);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (seen->count < PORTS_MAX)
			list_one(path, seen, found, context);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

void serial_list(void (*found)(void *context, const struct serial_info *info), void *context)
{
	struct ports *seen = calloc(1, sizeof *seen);

	if (!seen)
		return;
	list_folder("/dev/serial/by-id", is_name, seen, found, context);
	list_folder("/dev", is_port, seen, found, context);
	free(seen);
}
