/* file.h - a file, a pipe or standard output that holds whole records, of whatever format: what is
 * added at once is there as a whole or not at all, also on a full disk. A reader that goes away
 * (EPIPE) is a normal end, told apart from a failure. Whatever would block (a full pipe, a FIFO
 * that nobody has opened) ends when the tool is to stop. */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/words.h"
#include "capture/path.h"

struct file;
struct room; /* room.h */

/* What every function here says: OUTPUT_OPEN, or what has ended the output. What was accepted
 * before is written, except what a failing disk has no room for: the file is then cut after its
 * last whole record. */
enum output_state {
	OUTPUT_OPEN,
	OUTPUT_COMPLETE, /* all that was asked for is written (sink.h) */
	OUTPUT_CLOSED,   /* nobody reads any more */
	OUTPUT_STOPPED,  /* the stop came while nobody was reading: this record is not written */
	OUTPUT_FAILED,   /* *why (disk full...) */
};

enum {
	FILE_FLUSH_EACH = 1, /* every record; pipes: always, unless */
	FILE_TEXT = 2,       /* may be a terminal, which is written record by record */
	/* PATH_... have 4 to 128 */
	FILE_GATHER = 256,       /* a pipe is written when the buffer is full, or by file_flush */
	FILE_WRITE_BEHIND = 512, /* a regular file: by a thread of its own, when a buffer is full */
	FILE_RECORD_MAX = (64 << 10) + 256 /* octets of the longest record */
};

/* path: "-" is standard output; must outlive the file. flags: FILE_..., PATH_... FIFOs, devices and
 * descriptors of ours (/dev/stdout, /dev/fd/N) are written as they are. NULL: *why says it, or
 * loop_stopping(): the stop came first; errno is EEXIST where there is a file already. */
struct file *file_open(const char *path, unsigned flags, struct why *why);
/* Why a capture does not go to the terminal that path names. Always -1. */
int file_refuse_terminal(const char *path, struct why *why);
/* From now on the file's time of change is later than this (nanoseconds since 1970), whatever the
 * clock says. */
void file_keep_after(struct file *f, int64_t time_ns);

/* From now on a full disk is waited for; the caller's, and outlives the file. NULL: it is a
 * failure.
 */
void file_await_room(struct file *f, struct room *room);

/* One record, in parts; is_packet: it counts in file_packets. One that is too long is refused
 * (OUTPUT_FAILED), and the file goes on. */
enum output_state file_add(struct file *f, bool is_packet, const struct iovec *parts, int count,
                           struct why *why);
/* What is written next: records that have room there may be put behind the others until the next
 * call. NULL: each goes by itself, with file_add. */
struct records *file_records(struct file *f);
/* The same for a record that is put together in its place: room for that many octets until the next
 * call, and that so many of them are the record. NULL: *state says why. */
uint8_t *file_room(struct file *f, size_t length, enum output_state *state, struct why *why);
enum output_state file_added(struct file *f, bool is_packet, size_t length, struct why *why);
enum output_state file_flush(struct file *f, struct why *why);
/* What has left the buffer would be there after a power cut, too, also where what came later has
 * failed; of a pipe or a terminal it is nobody's promise. 0, or -1 with *why. */
int file_sync(const struct file *f, struct why *why);
/* Flushes, closes and frees. */
enum output_state file_close(struct file *f, struct why *why);

const char *file_name(const struct file *f); /* in words; the file's */
uint64_t file_octets(const struct file *f);  /* accepted */
uint64_t file_packets(const struct file *f); /* in the file: they have left the buffer */
bool file_is_flushed(const struct file *f);  /* all of it is in the file */
bool file_is_regular(const struct file *f);  /* neither pipe nor device */
int file_error(const struct file *f);        /* errno of what has ended it; 0: nothing has */
int file_fd(const struct file *f);           /* for poll: POLLERR where nobody reads any more */

#endif
