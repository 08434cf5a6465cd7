/* words.h - why something failed, in words for a person: object, reason, what to do about it. The
 * buffer is the caller's, so that no function keeps one and a reason outlives the next call. */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

struct why {
	char text[512]; /* NUL-terminated; "" before anything has failed */
};

/* Writes the reason; what does not fit is cut at a character. why may be NULL. Always returns -1,
 * for `return why_set(why, ...)`. An argument may point into why->text. */
int why_set(struct why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "OBJECT: what errno says" (as errno is at the call). Returns -1. */
int why_errno(struct why *why, const char *object);

#endif
