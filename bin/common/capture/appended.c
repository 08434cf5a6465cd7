#include "capture/appended.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "capture/path.h"

enum { MAGIC = 4, NAME_SIZE = 40 };

/* Of a file that may be written to alone nothing is said. */
static bool holds_pcapng(int fd)
{
	static const char magic[MAGIC] = {0x0a, 0x0d, 0x0d, 0x0a};
	char name[NAME_SIZE], found[MAGIC];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int reader = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (reader < 0)
		return true;
	bool holds = read(reader, found, MAGIC) == MAGIC && memcmp(found, magic, MAGIC) == 0;
	close(reader);
	return holds;
}

int appended_check(const char *path, bool is_pcapng, struct why *why)
{
	int fd = path_descriptor(path), flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	struct stat file;

	if (flags < 0 || !(flags & O_APPEND) || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) ||
	    file.st_size == 0 || (is_pcapng && holds_pcapng(fd)))
		return 0;
	return why_set(why, "%s: is appended to, and holds %lld octets already: %s",
	               path_in_words(path, "standard output"), (long long)file.st_size,
	               is_pcapng ? "they are no pcapng, which could not be read behind them "
	                           "(write to a new file)"
	                         : "a pcap capture has one header, at its beginning (write to a "
	                           "new file, or pcapng behind pcapng)");
}
