#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/progress.h"
#include "base/wait_fd.h"
#include "capture/follow.h"
#include "capture/reading.h"

struct input {
	int fd;
	const char *name;
	struct input_waiting waiting;
	bool stopped, anew;
	int error;
	void (*before_wait)(void); /* may be NULL */
	uint64_t offset;           /* of the first octet in the buffer */
	size_t at, length;         /* what the buffer holds */
	uint8_t octets[INPUT_SIZE];
};

/* O_NONBLOCK: open(2) of a FIFO would wait for its writer, and a stop would not end that. */
static int open_path(const char *path, const char *name, struct why *why)
{
	int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	                                : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return why_errno(why, name);
	if (!isatty(fd))
		return fd;
	close(fd);
	return why_set(why, "%s: is a terminal: give it a capture", name);
}

static struct input *input_of(int fd, const char *name, struct why *why)
{
	struct input *in = calloc(1, sizeof *in);
	if (!in) {
		why_errno(why, name);
		close(fd);
		return NULL;
	}
	in->fd = fd;
	in->name = name;
	return in;
}

struct input *input_open(const char *path, const char *name, struct why *why)
{
	int fd = open_path(path, name, why);

	return fd < 0 ? NULL : input_of(fd, name, why);
}

struct input *input_continue(int fd, const char *name, const uint8_t *octets, size_t n,
                             const struct input_waiting *waiting, struct why *why)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0) {
		why_errno(why, name);
		return NULL;
	}
	struct input *in = input_of(copy, name, why);
	if (in) {
		if (n)
			memcpy(in->octets, octets, n);
		in->length = n;
		if (waiting)
			in->waiting = *waiting;
	}
	return in;
}

/* Whoever reads has other work to do meanwhile. */
static bool wait_idle(const struct input *in, int fd)
{
	for (;;) {
		int ms = in->waiting.idle ? in->waiting.timeout_ms() : -1;
		enum wait_result result = wait_fd(fd, POLLIN, ms);

		if (result != WAIT_TIMEOUT)
			return result == WAIT_READY;
		if (!in->waiting.idle())
			return false;
	}
}

/* Whether there is more to be read behind the end. */
static bool wait_behind_end(struct input *in)
{
	switch (follow_look(in->waiting.follow)) {
	case FOLLOW_ANEW:
		in->anew = true;
		return false;
	case FOLLOW_NOTHING:
		if (in->before_wait)
			in->before_wait();
		if (in->waiting.idle && !in->waiting.idle())
			in->stopped = true;
		else if (!wait_idle(in, follow_fd(in->waiting.follow)))
			in->stopped = true;
		return !in->stopped;
	default:
		return true;
	}
}

/* Something of it has come: of a pipe, what comes later may take its time. */
static bool wait_for_octets(const struct input *in)
{
	static struct progress_wait silent;
	bool first = !in->offset && !in->length;

	if (in->before_wait && wait_fd(in->fd, POLLIN, 0) == WAIT_TIMEOUT)
		in->before_wait();
	if (first)
		progress_begin_wait(&silent, PROGRESS_WAIT_MS, "no octet from %s yet", in->name);
	bool ready = wait_idle(in, in->fd);
	progress_end_wait(&silent);
	return ready;
}

static ssize_t read_some(struct input *in, void *out, size_t size)
{
	ssize_t n;

	if (in->error)
		return -1;
	do {
		if (loop_stopping() || !wait_for_octets(in)) {
			in->stopped = true;
			return 0;
		}
		n = reading_read(in->fd, out, size);
	} while ((n < 0 && (errno == EINTR || errno == EAGAIN)) ||
	         (n == 0 && in->waiting.follow && !in->anew && wait_behind_end(in)));
	if (n < 0)
		in->error = errno;
	return n;
}

size_t input_fill(struct input *in, size_t n)
{
	if (in->length < n && in->at) {
		memmove(in->octets, in->octets + in->at, in->length);
		in->at = 0;
	}
	while (in->length < n) {
		ssize_t more =
			read_some(in, in->octets + in->length, sizeof in->octets - in->length);
		if (more <= 0)
			break;
		in->length += (size_t)more;
	}
	return in->length;
}

const uint8_t *input_octets(const struct input *in)
{
	return in->octets + in->at;
}

static void move(struct input *in, size_t n)
{
	in->at = n == in->length ? 0 : in->at + n;
	in->length -= n;
	in->offset += n;
}

bool input_skip(struct input *in, uint64_t n)
{
	while (n > 0) {
		size_t step = input_fill(in, 1);

		if (step == 0)
			return false;
		step = step < n ? step : (size_t)n;
		move(in, step);
		n -= step;
	}
	return true;
}

ssize_t input_read(struct input *in, char *out, size_t size)
{
	if (!in->length) {
		ssize_t n = read_some(in, out, size);

		in->offset += n > 0 ? (uint64_t)n : 0;
		return n;
	}
	size = size < in->length ? size : in->length;
	memcpy(out, input_octets(in), size);
	move(in, size);
	return (ssize_t)size;
}

void input_before_wait(struct input *in, void (*called)(void))
{
	in->before_wait = called;
}

uint64_t input_offset(const struct input *in)
{
	return in->offset;
}

bool input_stopped(const struct input *in)
{
	return in->stopped;
}

bool input_anew(const struct input *in)
{
	return in->anew;
}

int input_error(const struct input *in)
{
	return in->error;
}

int input_fd(const struct input *in)
{
	return in->fd;
}

void input_close(struct input *in)
{
	close(in->fd);
	free(in);
}
