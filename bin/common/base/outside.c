#include "base/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "base/progress.h"

enum { FILES_MAX = 3 * OPTION_LIST_MAX + 8, DESCRIPTORS_MAX = FILES_MAX + 8 };

static const char *files[FILES_MAX];
static int descriptors[DESCRIPTORS_MAX];
static unsigned file_count, descriptor_count;
static int (*open_by)(void *context, unsigned index, struct why *why);
static void *open_context;

static unsigned find(const char *path)
{
	unsigned i = 0;

	while (i < file_count && strcmp(files[i], path) != 0)
		i++;
	return i;
}

int outside_note_descriptor(int fd, struct why *why)
{
	if (descriptor_count == DESCRIPTORS_MAX)
		return why_set(why, "more than %d descriptors to keep", DESCRIPTORS_MAX);
	descriptors[descriptor_count++] = fd;
	return 0;
}

int outside_named_descriptor(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
	int fd, end = 0;

	for (unsigned i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		size_t length = strlen(folders[i]);
		if (strncmp(path, folders[i], length) == 0 &&
		    sscanf(path + length, "%9d%n", &fd, &end) == 1 && fd >= 0 &&
		    !path[length + (size_t)end])
			return fd;
	}
	return -1;
}

int outside_note_file(const char *path, struct why *why)
{
	int fd = outside_named_descriptor(path);

	if (find(path) < file_count)
		return 0;
	if (file_count == FILES_MAX)
		return why_set(why, "%s: more than %d files to read again", path, FILES_MAX);
	files[file_count++] = path;
	return fd < 0 ? 0 : outside_note_descriptor(fd, why);
}

const char *outside_file(unsigned index)
{
	return index < file_count ? files[index] : NULL;
}

int outside_descriptor(unsigned index)
{
	return index < descriptor_count ? descriptors[index] : -1;
}

void outside_open_with(int (*opener)(void *context, unsigned index, struct why *why), void *context)
{
	open_by = opener;
	open_context = context;
}

bool outside_is_closed(void)
{
	return open_by != NULL;
}

int outside_open(const char *path, struct why *why)
{
	unsigned index = find(path);

	if (open_by && index < file_count)
		return open_by(open_context, index, why);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? why_set(why, "%s", strerror(errno)) : fd;
}

void outside_await(int fd, const char *path, const char *end, bool *told)
{
	struct pollfd one = {fd, POLLIN, 0};

	if (!*told && poll(&one, 1, PROGRESS_WAIT_MS) == 0) {
		progress_say("%s: waits for what is written into it%s", path, end);
		*told = true;
	}
	if (*told)
		poll(&one, 1, -1);
}

static void wait_for_more(int fd, const char *path, bool *told)
{
	outside_await(fd, path, ", and for its end", told);
}

ssize_t outside_read_all(int fd, const char *path, char *out, size_t size)
{
	size_t used = 0;
	ssize_t n = 1;
	bool told = false;

	while (n != 0 && used < size) {
		n = read(fd, out + used, size - used);
		if (n < 0 && errno == EAGAIN)
			wait_for_more(fd, path, &told);
		else if (n < 0 && errno != EINTR)
			return -1;
		used += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)used;
}

static void wait_for_writer(int fd, const char *path)
{
	struct stat about;
	bool told = false;

	if (fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode))
		wait_for_more(fd, path, &told);
}

static char *read_file(const char *path, bool waits, size_t max, size_t *length, struct why *why)
{
	int fd = outside_open(path, why);
	char *octets = fd < 0 ? NULL : malloc(max + 1);

	if (fd < 0)
		return NULL;
	if (waits)
		wait_for_writer(fd, path);
	ssize_t n = octets ? outside_read_all(fd, path, octets, max + 1) : -1;
	if (n < 0)
		why_set(why, "%s", strerror(errno));
	else if ((size_t)n > max)
		why_set(why, "is over %zu octets long", max);
	close(fd);
	if (n < 0 || (size_t)n > max) {
		outside_free(octets, max + 1);
		return NULL;
	}
	octets[n] = '\0';
	*length = (size_t)n;
	return octets;
}

char *outside_read(const char *path, size_t max, size_t *length, struct why *why)
{
	return read_file(path, false, max, length, why);
}

char *outside_read_pipe(const char *path, size_t max, size_t *length, struct why *why)
{
	return read_file(path, true, max, length, why);
}

void outside_free(char *octets, size_t length)
{
	if (octets)
		explicit_bzero(octets, length);
	free(octets);
}
