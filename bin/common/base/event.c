#include "base/event.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/log.h"

int event_open(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		die(EXIT_RUNNING, "eventfd: %s", strerror(errno));
	return fd;
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
