/* keys_read.c - the file of --frame-keys from where it is: a file, a pipe, a FIFO. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/outside.h"
#include "base/secret.h"
#include "frame_keys/keys_file.h"

enum { TELL_AFTER_MS = 1000 };

struct reading {
	const char *path;
	int fd;
	bool is_fifo, told;
};

static void look_at(struct reading *r)
{
	struct stat about;

	if (fstat(r->fd, &about) < 0)
		return;
	r->is_fifo = S_ISFIFO(about.st_mode);
	if (S_ISREG(about.st_mode) && about.st_mode & (S_IROTH | S_IWOTH))
		log_warning("--frame-keys %s: everybody on this machine can %s it (chmod 600)",
		            r->path, about.st_mode & S_IROTH ? "read" : "write to");
}

/* A FIFO that nobody has written to yet reads as if it had ended; poll(2) knows the difference. */
static void wait_for_writer(struct reading *r)
{
	struct pollfd fd = {r->fd, POLLIN, 0};

	if (poll(&fd, 1, TELL_AFTER_MS) == 0 && !r->told) {
		log_warning("--frame-keys %s: waiting for what writes to it", r->path);
		r->told = true;
	}
	poll(&fd, 1, -1);
}

/* The octets that there are, up to size; -1: errno. */
static ssize_t read_all(struct reading *r, char *out, size_t size)
{
	size_t used = 0;

	if (r->is_fifo)
		wait_for_writer(r);
	while (used < size) {
		ssize_t n = read(r->fd, out + used, size - used);

		if (n == 0)
			break;
		if (n > 0)
			used += (size_t)n;
		else if (errno == EAGAIN)
			wait_for_writer(r);
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)used;
}

static int parse(struct keys_file *file, struct reading *r, char *text, struct why *why)
{
	ssize_t n = read_all(r, text, KEYS_FILE_MAX + 1);

	if (n < 0)
		return why_set(why, "%s", strerror(errno));
	if (n > KEYS_FILE_MAX)
		return why_set(why, "is over %d octets long", KEYS_FILE_MAX);
	return keys_file_parse(file, text, (size_t)n, why);
}

int keys_file_read(struct keys_file *file, const char *path, struct why *why)
{
	struct reading r = {.path = path};
	struct why reason = {""};
	char *text;
	int result = -1;

	*file = (struct keys_file){0};
	r.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (r.fd < 0 && secret_is_key(path))
		return why_set(why, "--frame-keys wants a file, not a key: write a line raw HEX "
		                    "into one (framebus-keys(5))");
	if (r.fd < 0)
		return why_set(why, "--frame-keys %s: %s", path, strerror(errno));
	look_at(&r);
	text = malloc(KEYS_FILE_MAX + 1);
	if (text)
		result = parse(file, &r, text, &reason);
	else
		why_set(&reason, "out of memory");
	outside_free(text, KEYS_FILE_MAX + 1);
	close(r.fd);
	return result < 0 ? why_set(why, "--frame-keys %s: %s", path, reason.text) : 0;
}
