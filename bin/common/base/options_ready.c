#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options_internal.h"

enum { DESCRIPTOR_MAX = 1 << 20 };

/* When options are read nothing of ours is open yet but the standard streams, to which data and
 * messages go. */
static int check(int fd, struct why *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (fd <= STDERR_FILENO)
		return why_set(why, "is a standard stream: give it one of its own (3>FILE, and 3 "
		                    "or more)");
	if (flags < 0)
		return why_set(why, "is not open: whoever starts the tool opens it (%d>FILE)", fd);
	if (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return why_set(why, "is not open for writing (%d>FILE)", fd);
	return 0;
}

int option_read_descriptor(void *target, const char *value, struct why *why)
{
	uint64_t fd;

	if (option_number(&fd, value, 0, DESCRIPTOR_MAX, why) < 0 || check((int)fd, why) < 0)
		return -1;
	*(int *)target = (int)fd;
	return 0;
}

void report_ready(void)
{
	int fd = common_options.ready_fd;

	if (fd < 0)
		return;
	common_options.ready_fd = -1;
	if (write(fd, "ready\n", 6) != 6)
		log_warning("--ready-fd %d: %s", fd, strerror(errno));
	close(fd);
}
