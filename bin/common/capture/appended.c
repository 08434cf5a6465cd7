#include "capture/appended.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "capture/path.h"
#include "capture/pcapng_parse.h"

enum { MAGIC = 4, NAME_SIZE = 40 };
enum held { HELD_OTHER, HELD_PCAP, HELD_PCAPNG };

/* pcap: microseconds, nanoseconds, Kuznetzov's; written by machines of both octet orders. */
static enum held kind_of(const uint8_t magic[MAGIC])
{
	static const uint32_t pcap[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
	uint32_t number;

	if (pcapng_begins(magic))
		return HELD_PCAPNG;
	memcpy(&number, magic, MAGIC);
	for (unsigned i = 0; i < sizeof pcap / sizeof pcap[0]; i++)
		if (number == pcap[i] || number == __builtin_bswap32(pcap[i]))
			return HELD_PCAP;
	return HELD_OTHER;
}

/* Of a file that may be written to alone nothing is said. */
static enum held look_into(int fd)
{
	char name[NAME_SIZE];
	uint8_t magic[MAGIC];

	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	int reader = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (reader < 0)
		return HELD_OTHER;
	enum held held = read(reader, magic, MAGIC) == MAGIC ? kind_of(magic) : HELD_OTHER;
	close(reader);
	return held;
}

int appended_check(const char *path, bool is_pcapng, struct why *why)
{
	int fd = path_descriptor(path), flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	struct stat file;

	if (flags < 0 || !(flags & O_APPEND) || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return 0;
	enum held held = look_into(fd);
	if (held == HELD_OTHER || (is_pcapng && held == HELD_PCAPNG))
		return 0;
	return why_set(why, "%s: is appended to, and holds a %s capture already: %s",
	               path_in_words(path, "standard output"),
	               held == HELD_PCAP ? "pcap" : "pcapng",
	               is_pcapng ? "pcapng behind it could not be read (write to a new file)"
	                         : "a pcap capture has one header, at its beginning (write to a "
	                           "new file, or pcapng behind pcapng)");
}
