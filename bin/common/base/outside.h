/* outside.h - what a tool needs from outside of itself for good: files that it reads again, and
 * descriptors that it was given. They are noted while the command line is read; a process that then
 * gives up its privileges has the files opened by one that kept them, which knows them by their
 * index, and never opens another. Without such a process they are opened by their path. Files are
 * only ever read. */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/words.h"

/* Before the first thread. path: for good; the same text is opened later, noted twice is noted
 * once. 0, or -1 with why: there are too many. */
int outside_note_file(const char *path, struct why *why);
int outside_note_descriptor(int fd, struct why *why);
/* 3 of "/dev/fd/3", which is opened by this name as long as it is open; -1 of other paths. */
int outside_named_descriptor(const char *path);

/* A file that was noted; NULL beyond the last one. */
const char *outside_file(unsigned index);
/* The same of descriptors; -1 beyond the last one. */
int outside_descriptor(unsigned index);

/* From now on files are opened by this function, from any thread: a descriptor for reading, or -1
 * with why. Before the first thread. */
void outside_open_with(int (*opener)(void *context, unsigned index, struct why *why),
                       void *context);

/* Whether there is such a function: this process itself reaches files, and other programs of this
 * host, no more. */
bool outside_is_closed(void);

/* Waits until fd can be read, of a FIFO until somebody writes into it, and says so once when that
 * takes long. end: more words; *told: whether that was said already. */
void outside_await(int fd, const char *path, const char *end, bool *told);

/* From any thread: a descriptor for reading, which does not wait for a writer; or -1 with why, the
 * reason alone. */
int outside_open(const char *path, struct why *why);
/* The whole file, NUL-terminated; the caller frees it, with outside_free where it is secret. NULL
 * with why, the reason alone: also where it is longer than max octets. Of a pipe whose writer is
 * slow it waits for the end, and says so; that a stop ends the tool meanwhile is the caller's to
 * see to. */
char *outside_read(const char *path, size_t max, size_t *length, struct why *why);
/* The same, and of a FIFO that nobody writes into yet it waits for the first who does. */
char *outside_read_pipe(const char *path, size_t max, size_t *length, struct why *why);
/* What a descriptor gives up to its end, or up to so many octets: how many; -1 with errno. path:
 * for words. */
ssize_t outside_read_all(int fd, const char *path, char *out, size_t size);
void outside_free(char *octets, size_t length); /* overwrites it first; NULL is let pass */

#endif
