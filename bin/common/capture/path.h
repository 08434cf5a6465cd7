/* path.h - opening what a path names for writing, by what is there: nothing, a file, a FIFO, a
 * device or a descriptor of ours. Never empties a file unasked. */
#ifndef CAPTURE_PATH_H
#define CAPTURE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

enum path_kind {
	PATH_IS_NONE, /* there is nothing */
	PATH_IS_REGULAR,
	PATH_IS_FIFO,
	PATH_IS_DEVICE, /* or whatever else there is, a folder too */
	PATH_IS_OWN,    /* "-", /dev/stdout, /dev/fd/N: a descriptor that is open already */
};
/* What a path names; links are followed. */
enum path_kind path_kind(const char *path);
/* The descriptor that is open already, and that a path names: "-", /dev/fd/N. -1: it names none. */
int path_descriptor(const char *path);
/* What is there, as stat(2); of a descriptor of ours what it is open for. False: nothing. */
bool path_stat(const char *path, struct stat *status);

/* Whether a path names the terminal that standard output is, /dev/tty too; no other device is
 * opened for it. */
bool path_is_own_terminal(const char *path);

/* Nothing can be said against it yet: it is made, or another name is taken for it, when it is
 * needed. False also where there is something that is no file. */
bool path_can_wait(const char *path);

/* One step of a symbolic link, in place. False: it is none. */
bool path_follow_link(char path[PATH_MAX]);

/* Beside the flags of file.h. */
enum {
	PATH_OVERWRITE = 4, /* what is there loses its contents */
	PATH_NEW = 8,       /* nothing may be there, of whatever kind */
	PATH_FIFO = 16,     /* it must be a FIFO */
	PATH_NOWAIT = 32,   /* a FIFO without a reader: ENXIO */
};

/* A descriptor, or -1 and errno; ECANCELED: the stop came while a FIFO had no reader; EEXIST: a
 * file that PATH_OVERWRITE has not given up; with it EDEADLK: this process reads the file, or an
 * option names it to be read; ETXTBSY: this process writes it already; EBUSY: another one of ours
 * does. */
int path_open(const char *path, unsigned flags);
/* What path_open() would say with these flags, 0 or its error, as far as that is known before:
 * nothing is made or emptied, no FIFO or device opened. */
int path_try(const char *path, unsigned flags);
/* Why path_open() would not overwrite this file, which is no link: EDEADLK, ETXTBSY, EBUSY; 0:
 * nobody of ours is known to read or write it. */
int path_use(const char *path);
/* What an error of path_open() means. */
const char *path_open_words(int error);

#endif
