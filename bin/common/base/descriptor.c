#include "base/descriptor.h"

#include <fcntl.h>
#include <string.h>

#include "base/options.h"

/* Linux gives no larger number, whatever RLIMIT_NOFILE says (fs.nr_open). */
enum { LAST_STANDARD_STREAM = 2, DESCRIPTOR_MAX = 1 << 20 };

bool descriptor_is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static int check(int fd, struct why *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (fd <= LAST_STANDARD_STREAM)
		return why_set(why, "is a standard stream: give it one of its own (3>FILE, and 3 "
		                    "or more)");
	if (flags < 0)
		return why_set(why, "is not open: whoever starts the tool opens it (%d>FILE)", fd);
	if (flags & O_PATH || (flags & O_ACCMODE) == O_RDONLY)
		return why_set(why, "is not open for writing (%d>FILE)", fd);
	return fd;
}

int descriptor_read(const char *text, struct why *why)
{
	uint64_t fd;

	if (option_number(&fd, text, 0, DESCRIPTOR_MAX, NULL) < 0)
		return why_set(why, "is no descriptor: must be a whole number from %d to %d",
		               LAST_STANDARD_STREAM + 1, DESCRIPTOR_MAX);
	return check((int)fd, why);
}
