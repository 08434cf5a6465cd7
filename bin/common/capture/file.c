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

#include "base/events.h"
#include "base/log.h"
#include "base/options.h"
#include "base/wait_fd.h"
#include "capture/behind.h"
#include "capture/file_state.h"
#include "capture/path.h"
#include "capture/room.h"

enum { SECOND = 1000000000 /* nanoseconds */ };
enum { HALF_RECORD_MS = 300 };

static int64_t time_of_change(const struct stat *status)
{
	return (int64_t)status->st_mtim.tv_sec * SECOND + status->st_mtim.tv_nsec;
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

/* Returns what is written of it; f->error: why not all. */
static size_t write_all(struct file *f, const struct records *b)
{
	size_t done = 0, piece_end = 0;
	unsigned record = 0;

	while (done < b->used) {
		bool begun = done < piece_end || records_is_inside_record(b, done, record);
		if (!f->regular && !has_room(f, begun)) {
			f->error = ECANCELED;
			return done;
		}
		/* A pipe that says POLLOUT takes PIPE_BUF octets without blocking, and as a whole:
		 * records that fit are there as a whole, whatever ends us. */
		if (done == piece_end)
			piece_end +=
				f->regular ? b->used : records_piece(b, done, PIPE_BUF, &record);
		ssize_t written = write(f->fd, b->octets + done, piece_end - done);
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

/* Standard output may be a file that others have written to before. */
static void cut_from_end(struct file *f, size_t n)
{
	off_t end = lseek(f->fd, 0, SEEK_CUR);

	if (end < 0 || ftruncate(f->fd, end - (off_t)n) < 0 ||
	    lseek(f->fd, end - (off_t)n, SEEK_SET) < 0)
		f->error = errno;
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

static void end_batch(struct file *f, struct records *b, size_t done)
{
	for (;; done = write_all(f, b)) {
		size_t whole = records_whole(b, done, &f->packets);

		f->octets += whole;
		if (f->regular && whole < done)
			cut_from_end(f, done - whole);
		records_remove(b, whole);
		if (!f->error || !await_room(f))
			break;
	}
	if (f->room && !f->error)
		room_found(f->room, f->name);
	records_clear(b);
	keep_time(f);
}

static void wait_for_batch(struct file *f)
{
	struct records *b = f->on_its_way;
	size_t done;

	if (!b)
		return;
	f->error = behind_collect(f->behind, &done);
	f->on_its_way = NULL;
	end_batch(f, b, done);
}

/* Writing goes on all the same, so that nothing else would show it. */
static void tell_of_others(struct file *f)
{
	struct stat status;

	if (!f->is_watched || fstat(f->fd, &status) < 0)
		return;
	bool is_cut =
		lseek(f->fd, 0, SEEK_CUR) > status.st_size && !(fcntl(f->fd, F_GETFL) & O_APPEND);
	if (status.st_nlink == 0)
		log_warning("%s: has been removed: what is in it, and what is still written to it, "
		            "will be lost (a restart makes a new file)",
		            f->name);
	else if (is_cut)
		log_warning("%s: has been cut by another program: zeros stand where its octets "
		            "were, and what follows may not be readable (a restart makes a new "
		            "file)",
		            f->name);
	f->is_watched = status.st_nlink && !is_cut;
}

static void flush(struct file *f)
{
	wait_for_batch(f);
	if (f->error || !f->now->used)
		return;
	tell_of_others(f);
	size_t done = write_all(f, f->now);
	end_batch(f, f->now, done);
}

/* Where there is no memory or no thread for it, a file is written as it is filled. */
static bool writes_behind(struct file *f)
{
	if (!f->may_write_behind || f->behind)
		return f->may_write_behind;
	f->other = calloc(1, sizeof *f->other);
	f->behind = f->other ? behind_new(f->fd) : NULL;
	f->may_write_behind = f->behind;
	return f->may_write_behind;
}

/* A batch that has become full says that there is more where it came from. */
static void make_room(struct file *f)
{
	if (!writes_behind(f)) {
		flush(f);
		return;
	}
	wait_for_batch(f);
	if (f->error)
		return;
	tell_of_others(f);
	f->on_its_way = f->now;
	behind_give(f->behind, f->now->octets, f->now->used);
	f->now = f->other;
	f->other = f->on_its_way;
}

static size_t length_of(const struct iovec *parts, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	return length;
}

uint8_t *file_room(struct file *f, size_t length, enum output_state *state, struct why *why)
{
	if (length > FILE_RECORD_MAX) {
		why_set(why, "%s: a packet is too long for a capture (%zu octets)", f->name,
		        length);
		*state = OUTPUT_FAILED;
		return NULL;
	}
	if (!records_has_room(f->now, length))
		make_room(f);
	if (!f->error)
		return f->now->octets + f->now->used;
	*state = state_of(f, why);
	return NULL;
}

enum output_state file_added(struct file *f, bool is_packet, size_t length, struct why *why)
{
	records_add(f->now, length, is_packet);
	return f->flush_each ? file_flush(f, why) : OUTPUT_OPEN;
}

enum output_state file_add(struct file *f, bool is_packet, const struct iovec *parts, int count,
                           struct why *why)
{
	size_t length = length_of(parts, count);
	enum output_state state;
	uint8_t *at = file_room(f, length, &state, why);

	if (!at)
		return state;
	for (int i = 0; i < count; i++) {
		if (parts[i].iov_len)
			memcpy(at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	return file_added(f, is_packet, length, why);
}

struct records *file_records(struct file *f)
{
	return f->flush_each || f->error ? NULL : f->now;
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

/* The stop ends a wait for room; what it waited for is the reason. */
static const char *reason_of(const struct file *f)
{
	const char *cause = f->error == ECANCELED && f->room ? room_cause(f->room) : NULL;

	return cause ? cause : f->error ? strerror(f->error) : "";
}

static void tell_done(const struct file *f)
{
	char packets[24], octets[24];

	snprintf(packets, sizeof packets, "%llu", (unsigned long long)f->packets);
	snprintf(octets, sizeof octets, "%llu", (unsigned long long)f->octets);
	events_say("file_done", "file", f->name, "packets", packets, "octets", octets, "reason",
	           reason_of(f), NULL);
}

enum output_state file_close(struct file *f, struct why *why)
{
	flush(f);
	tell_of_others(f);
	behind_free(f->behind);
	if (close(f->fd) < 0 && !f->error)
		f->error = errno;
	enum output_state state = state_of(f, why);
	if (!f->is_text)
		tell_done(f);
	progress_forget(&f->stalled);
	free(f->now);
	free(f->other);
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

const char *file_name(const struct file *f)
{
	return f->name;
}

uint64_t file_octets(const struct file *f)
{
	return f->octets + f->now->used + (f->on_its_way ? f->on_its_way->used : 0);
}

uint64_t file_packets(const struct file *f)
{
	return f->packets;
}

bool file_is_flushed(const struct file *f)
{
	return f->now->used == 0 && !f->on_its_way;
}

int file_error(const struct file *f)
{
	return f->error;
}

int file_fd(const struct file *f)
{
	return f->fd;
}
