#include "base/descriptor.h"

#include <fcntl.h>

enum { LAST_STANDARD_STREAM = 2 };

int descriptor_check(int fd, struct why *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (fd <= LAST_STANDARD_STREAM)
		return why_set(why, "is a standard stream: give it one of its own (3>FILE, and 3 "
		                    "or more)");
	if (flags < 0)
		return why_set(why, "is not open: whoever starts the tool opens it (%d>FILE)", fd);
	if (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return why_set(why, "is not open for writing (%d>FILE)", fd);
	return 0;
}
