/* names.h - which file comes next. One of an earlier run is never begun anew: the next free name is
 * taken, and said. A ring (-W) is a set of names: what is there goes on behind its newest file, and
 * one that is new replaces the oldest where the ring is full. The order is that of the files' times
 * of change, which are kept in order whatever the clock does (file_keep_after). Never removes what
 * is no file of the ring. */
#ifndef CAPTURE_NAMES_H
#define CAPTURE_NAMES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture/file.h"
#include "capture/rotation.h"

struct names {
	/* The caller sets these. */
	const char *pattern;
	const struct rotation *rotation;
	bool overwrite; /* names and numbers as tcpdump's, whatever is there */
	/* its own */
	char base[PATH_MAX]; /* of the last file; "": there was none */
	uint64_t number;
};

/* Opens the next file and writes its name to path. flags: FILE_FLUSH_EACH, FILE_TEXT. Results as
 * those of file_open. */
struct file *names_open(struct names *n, unsigned flags, char path[PATH_MAX], struct why *why);

/* Whether a file of pattern is called so at some time, without a ring: by a number, or by the time.
 * Both may stand in a folder. */
bool names_make(const struct rotation *r, const char *pattern, const char *path);

#endif
