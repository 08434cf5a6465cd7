#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/options.h"
#include "base/progress.h"
#include "base/wait_fd.h"
#include "capture/path.h"
#include "capture/room.h"

enum { SECOND = 1000000000 /* nanoseconds */ };
enum {
	BUFFER_SIZE = 128 << 10,
	RECORDS_MAX = 8 << 10, /* in the buffer */
	HALF_RECORD_MS = 300,
};

struct record_end {
	uint32_t offset : 31, is_packet : 1;
};

struct file {
	int fd;
	const char *name; /* in messages */
	bool regular, flush_each;
	int64_t keep_after; /* its time of change, in ns; 0: whatever that is */
	struct room *room;  /* NULL: a full disk is a failure */
	struct progress_wait stalled;
	int error;                /* errno of what ended it; ECANCELED: the stop */
	uint64_t octets, packets; /* written */
	size_t used;              /* of the buffer: whole records */
	unsigned records;
	struct record_end ends[RECORDS_MAX]; /* of the records in the buffer */
	uint8_t buffer[BUFFER_SIZE];
};

static int64_t time_of_change(const struct stat *status)
{
	return (int64_t)status->st_mtim.tv_sec * SECOND + status->st_mtim.tv_nsec;
}

static const char *name_of(const char *path)
{
	return path_in_words(path, "standard output");
}

static enum output_state state_of(const struct file *f, struct why *why)
{
	switch (f->error) {
	case 0:
		return OUTPUT_OPEN;
	case EPIPE:
		return OUTPUT_CLOSED;
	case ECANCELED:
		return OUTPUT_STOPPED;
	default:
		why_set(why, "%s: %s", f->name, strerror(f->error));
		return OUTPUT_FAILED;
	}
}

/* --- opening --- */

static int refuse_terminal(const char *path, struct why *why)
{
	return why_set(why,
	               "%s: is a terminal: send the capture to a file or a program (| tshark -r -)",
	               name_of(path));
}

struct file *file_open(const char *path, unsigned flags, struct why *why)
{
	struct file *f;
	struct stat status;
	int fd = path_open(path, flags);

	if (fd < 0) {
		int error = errno; /* whoever calls decides by it */

		why_set(why, "%s: %s", name_of(path), path_open_words(error));
		errno = error;
		return NULL;
	}
	if (!(flags & FILE_TEXT) && isatty(fd)) {
		refuse_terminal(path, why);
		close(fd);
		errno = ENOTTY;
		return NULL;
	}
	f = calloc(1, sizeof *f);
	if (!f) {
		why_errno(why, name_of(path));
		close(fd);
		return NULL;
	}
	f->fd = fd;
	f->name = name_of(path);
	f->regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	f->flush_each = (flags & FILE_FLUSH_EACH) || !f->regular;
	return f;
}

/* --- writing --- */

/* A stop ends the wait before a record at once, within one after a while: whoever reads still
 * may. */
static bool has_room(struct file *f, bool begun)
{
	struct pollfd pipe = {f->fd, POLLOUT, 0};

	if (poll(&pipe, 1, 0) == 1)
		return true;
	progress_begin_wait(&f->stalled, PROGRESS_WAIT_MS,
	                    "%s: whoever reads it has taken nothing for some seconds: waiting",
	                    f->name);
	bool has = wait_fd(f->fd, POLLOUT, -1) == WAIT_READY ||
	           (begun && poll(&pipe, 1, HALF_RECORD_MS) == 1);
	progress_end_wait(&f->stalled);
	return has;
}

static size_t write_all(struct file *f, const uint8_t *octets, size_t n)
{
	size_t done = 0;

	while (done < n) {
		if (!f->regular && !has_room(f, done > 0)) {
			f->error = ECANCELED;
			return done;
		}
		/* A pipe that says POLLOUT takes PIPE_BUF octets without blocking. */
		size_t piece = !f->regular && n - done > PIPE_BUF ? PIPE_BUF : n - done;
		ssize_t written = write(f->fd, octets + done, piece);
		if (written < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (written < 0) {
			f->error = errno;
			return done;
		}
		done += (size_t)written;
	}
	return done;
}

/* Counts the whole records in the first n octets of the buffer; returns their length. */
static size_t count_whole_records(struct file *f, size_t n)
{
	size_t whole = 0;

	for (unsigned i = 0; i < f->records && f->ends[i].offset <= n; i++) {
		whole = f->ends[i].offset;
		f->packets += f->ends[i].is_packet;
	}
	f->octets += whole;
	return whole;
}

/* Standard output may be a file that others have written to before. */
static void cut_from_end(struct file *f, size_t n)
{
	off_t end = lseek(f->fd, 0, SEEK_CUR);

	if (end < 0 || ftruncate(f->fd, end - (off_t)n) < 0 ||
	    lseek(f->fd, end - (off_t)n, SEEK_SET) < 0)
		f->error = errno;
}

/* The first n octets of the buffer, which are whole records, are in the file. */
static void take_from_buffer(struct file *f, size_t n)
{
	unsigned done = 0;

	while (done < f->records && f->ends[done].offset <= n)
		done++;
	for (unsigned i = done; i < f->records; i++)
		f->ends[i - done] =
			(struct record_end){f->ends[i].offset - (uint32_t)n, f->ends[i].is_packet};
	f->records -= done;
	f->used -= n;
	memmove(f->buffer, f->buffer + n, f->used);
}

/* Whether it is worth another try. */
static bool await_room(struct file *f)
{
	if (!f->room || !f->regular || !room_is_missing(f->error))
		return false;
	bool goes_on = room_await(f->room, f->name, f->error);
	f->error = goes_on ? 0 : ECANCELED;
	return goes_on;
}

/* The kernel's clock of files has steps of some milliseconds, and that of the day is set back. */
static void keep_time(struct file *f)
{
	struct stat status;

	if (!f->keep_after || fstat(f->fd, &status) < 0 || time_of_change(&status) > f->keep_after)
		return;
	int64_t later = f->keep_after + 1;
	const struct timespec times[] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = later / SECOND, .tv_nsec = later % SECOND},
	};
	futimens(f->fd, times);
}

static void flush(struct file *f)
{
	if (f->error || f->used == 0)
		return;
	do {
		size_t done = write_all(f, f->buffer, f->used);
		size_t whole = count_whole_records(f, done);
		if (f->regular && whole < done)
			cut_from_end(f, done - whole);
		take_from_buffer(f, whole);
	} while (f->error && await_room(f));
	if (f->room && !f->error)
		room_found(f->room, f->name);
	f->used = f->records = 0;
	keep_time(f);
}

static size_t length_of(const struct iovec *parts, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	return length;
}

enum output_state file_add(struct file *f, bool is_packet, const struct iovec *parts, int count,
                           struct why *why)
{
	size_t length = length_of(parts, count);

	if (length > FILE_RECORD_MAX) {
		why_set(why, "%s: a packet is too long for a capture (%zu octets)", f->name,
		        length);
		return OUTPUT_FAILED;
	}
	if (f->used + length > BUFFER_SIZE || f->records == RECORDS_MAX)
		flush(f);
	if (f->error)
		return state_of(f, why);
	for (int i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(f->buffer + f->used, parts[i].iov_base, parts[i].iov_len);
		f->used += parts[i].iov_len;
	}
	f->ends[f->records++] = (struct record_end){(uint32_t)f->used, is_packet};
	return f->flush_each ? file_flush(f, why) : OUTPUT_OPEN;
}

enum output_state file_flush(struct file *f, struct why *why)
{
	flush(f);
	return state_of(f, why);
}

int file_sync(const struct file *f, struct why *why)
{
	return f->regular && fdatasync(f->fd) < 0 ? why_errno(why, f->name) : 0;
}

enum output_state file_close(struct file *f, struct why *why)
{
	flush(f);
	if (close(f->fd) < 0 && !f->error)
		f->error = errno;
	enum output_state state = state_of(f, why);
	progress_forget(&f->stalled);
	free(f);
	return state;
}

void file_keep_after(struct file *f, int64_t time_ns)
{
	f->keep_after = time_ns;
	keep_time(f);
}

void file_await_room(struct file *f, struct room *room)
{
	f->room = room;
}

bool file_is_regular(const struct file *f)
{
	return f->regular;
}

uint64_t file_octets(const struct file *f)
{
	return f->octets + f->used;
}

uint64_t file_packets(const struct file *f)
{
	return f->packets;
}

bool file_is_flushed(const struct file *f)
{
	return f->used == 0;
}

int file_fd(const struct file *f)
{
	return f->fd;
}
