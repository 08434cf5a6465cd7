/* path.h - opening what a path names for writing, by what is there: nothing, a file, a FIFO, a
 * device or a descriptor of ours. Never empties a file unasked. For file.c and names.c. */
#ifndef CAPTURE_PATH_H
#define CAPTURE_PATH_H

enum file_kind {
	FILE_KIND_NONE, /* there is nothing */
	FILE_KIND_REGULAR,
	FILE_KIND_FIFO,
	FILE_KIND_DEVICE, /* or whatever else there is, a folder too */
	FILE_KIND_OWN,    /* "-", /dev/stdout, /dev/fd/N: a descriptor that is open already */
};
/* What a path names; links are followed. */
enum file_kind path_kind(const char *path);

/* A descriptor, or -1 and errno; ECANCELED: the stop came while a FIFO had no reader. flags: as
 * those of file_open. */
int path_open(const char *path, unsigned flags);

#endif
