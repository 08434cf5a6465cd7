/* follow.h - a file that is still being written: says when there is more behind its end, when it
 * was cut, and when another file has its name. Never looks at a clock, and never again and again:
 * the system says when something has changed. One file a system serves this header
 * (follow_linux.c). */
#ifndef CAPTURE_FOLLOW_H
#define CAPTURE_FOLLOW_H

#include "base/words.h"

struct follow;

/* fd: open for reading, of the file that path names; it stays the caller's, and the same number
 * also when another file has taken its place. Both outlive it. NULL: *why says it; a pipe has no
 * end to wait behind. */
struct follow *follow_open(const char *path, int fd, struct why *why);
/* For poll: readable when something may have changed. */
int follow_fd(const struct follow *f);

enum follow_news {
	FOLLOW_NOTHING, /* to be read: wait for follow_fd */
	FOLLOW_MORE,    /* perhaps: read on */
	FOLLOW_ANEW,    /* fd is at the beginning of other contents, which has been said */
};
/* When read(2) has come to the end of the file. */
enum follow_news follow_look(struct follow *f);
void follow_close(struct follow *f);

#endif
