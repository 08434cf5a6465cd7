/* watch.h - says when a path may have come, gone or changed: the folders that lead to it are
 * watched, those behind links too, so that nobody has to look again and again. Opens nothing that
 * the path names. One file a system serves this header (watch_linux.c). */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

#include "base/words.h"

enum { WATCHED_MAX = 64 };

struct watch {
	int fd; /* for poll: readable when something has changed in one of the folders; -1: none */
	unsigned count;
	struct watched {
		int number;
		char name[256]; /* in that folder, the only one that matters */
	} item[WATCHED_MAX];
};

/* Watches the path as it is now: w is to be opened again when it has changed. Only what comes after
 * the call is seen. 0; -1 with why, w->fd being -1. */
int watch_open(struct watch *w, const char *path, struct why *why);
/* Reads what has changed; true: it concerns the path. */
bool watch_read(struct watch *w);
void watch_close(struct watch *w);

#endif
