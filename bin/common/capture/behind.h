/* behind.h - a thread that writes one piece to a file while its caller fills the next. For regular
 * files: nothing ends a write(2) that would wait for a reader. One caller. */
#ifndef CAPTURE_BEHIND_H
#define CAPTURE_BEHIND_H

#include <stddef.h>
#include <stdint.h>

struct behind;

/* fd stays the caller's. NULL: no memory, or no thread. */
struct behind *behind_new(int fd);
/* octets stay where they are, unchanged, until behind_collect. Nothing may be on its way. */
void behind_give(struct behind *b, const uint8_t *octets, size_t n);
/* Waits until what was given is written: 0, or errno of what ended it; *done: octets that are
 * written. */
int behind_collect(struct behind *b, size_t *done);
/* Nothing may be on its way. NULL is nothing. */
void behind_free(struct behind *b);

#endif
