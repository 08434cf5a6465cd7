/* ahead.h - a thread that reads the next piece of a regular file while its caller uses the one
 * before. One caller. */
#ifndef CAPTURE_AHEAD_H
#define CAPTURE_AHEAD_H

#include <stdint.h>
#include <sys/types.h>

struct ahead;

/* Reads on from where fd stands, which stays the caller's and is not to be read by others. NULL:
 * it is no regular file, or there is no memory or no thread. */
struct ahead *ahead_new(int fd);
/* As read(2), of as many octets as it likes; they stay where they are until the next call. */
ssize_t ahead_read(struct ahead *a, const uint8_t **octets);
/* Waits for a read that is under way. NULL is nothing. */
void ahead_free(struct ahead *a);

#endif
