/* input.h - the octets of a file, a pipe or standard input, buffered and counted. A wait (for an
 * idle pipe, for a FIFO's writer) ends when the tool is to stop. Knows no format. */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/words.h"

enum { INPUT_SIZE = 1 << 20 }; /* the most octets that can be looked at together */

struct input;
struct follow; /* follow.h */

/* What is done while there is nothing to be read. */
struct input_waiting {
	struct follow *follow;   /* at the end more is waited for; NULL: that is the end */
	int (*timeout_ms)(void); /* until idle is to be called; -1: never */
	bool (*idle)(void);      /* false: nothing is to be read any more */
};

/* path: "-" is standard input; name: as it is called in messages; both must outlive it. NULL: *why
 * says it. */
struct input *input_open(const char *path, const char *name, struct why *why);
/* The same for a descriptor, of which a copy is made, and from which octets[0..n) (at most
 * INPUT_SIZE) have been read already. waiting: copied; NULL: nothing is done. */
struct input *input_continue(int fd, const char *name, const uint8_t *octets, size_t n,
                             const struct input_waiting *waiting, struct why *why);
/* Waits until n octets (at most INPUT_SIZE) are there, not longer. Returns how many there are:
 * fewer than n at the end, at a failure, at a stop. */
size_t input_fill(struct input *in, size_t n);
/* What input_fill has counted, until the next call. */
const uint8_t *input_octets(const struct input *in);
/* Moves over n octets, which need not be in the buffer. False: the input ended before. */
bool input_skip(struct input *in, uint64_t n);
/* As read(2): what is buffered, else what comes. */
ssize_t input_read(struct input *in, char *out, size_t size);
/* called: each time before octets must be waited for. */
void input_before_wait(struct input *in, void (*called)(void));
uint64_t input_offset(const struct input *in); /* octets moved over and read */
bool input_stopped(const struct input *in);
/* The end is that of what was in the file: it has other contents now. */
bool input_anew(const struct input *in);
int input_error(const struct input *in); /* errno of the read that failed, else 0 */
int input_fd(const struct input *in);
void input_close(struct input *in);

#endif
