#include "probe/port_name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/options.h"
#include "probe/serial_tcp.h"

enum { CHANNEL_MAX = 65535 };

/* Where the channel begins; NULL: none is named. */
static const char *find_channel(const char *value)
{
	const char *at = strrchr(value, '@');
	struct stat status;

	if (!at || !at[1] || at[1 + strspn(at + 1, "0123456789")])
		return NULL;
	return stat(value, &status) == 0 ? NULL : at + 1;
}

int port_name_read(struct port_name *n, const char *value, struct why *why)
{
	const char *channel = find_channel(value);
	size_t length = channel ? (size_t)(channel - 1 - value) : strlen(value);
	uint64_t number;

	n->channel = -1;
	if (channel) {
		if (option_number(&number, channel, 0, CHANNEL_MAX, why) < 0)
			return why_set(why, "-p '%s': the channel behind the @ %s", value,
			               why->text);
		n->channel = (int64_t)number;
	} else if (length && value[length - 1] == '@') {
		length--;
	}
	if (!length)
		return why_set(why, "-p '%s': no port is named before the @", value);
	char *path = strndup(value, length);
	if (!path)
		return why_set(why, "out of memory");
	n->path = path;
	return serial_tcp_check(path, why);
}

/* A device may have several names. */
bool port_name_is_same(const char *one, const char *other)
{
	struct stat a, b;

	if (strcmp(one, other) == 0)
		return true;
	if (serial_is_tcp(one) || serial_is_tcp(other) || stat(one, &a) < 0 || stat(other, &b) < 0)
		return false;
	if (S_ISCHR(a.st_mode) && S_ISCHR(b.st_mode))
		return a.st_rdev == b.st_rdev;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
