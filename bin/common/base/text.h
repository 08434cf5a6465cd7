/* text.h - a line put together piece by piece in the caller's room. Never writes beyond it: what
 * does not fit is cut. */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *out;
	size_t size, length; /* out[length] is the NUL: size is at least 1 */
};

void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* words[0..n), as they are: without printf(3), which takes longer than a whole line of them. */
static inline void text_put(struct text *t, const char *words, size_t n)
{
	size_t end = t->length + n;

	/* Where n is a constant it stays one: no call of memcpy. */
	if (__builtin_expect(end < t->size, 1)) {
		memcpy(t->out + t->length, words, n);
	} else {
		end = t->size - 1;
		memcpy(t->out + t->length, words, end - t->length);
	}
	t->length = end;
	t->out[end] = '\0';
}

/* Takes from the end of a text that has been cut the octets of a character that is not whole. */
void text_cut(char *text);
enum { TEXT_NUMBER_SIZE = 32 };
/* "1 204 000", NUL-terminated, into out, which is returned. */
const char *text_number(char out[TEXT_NUMBER_SIZE], uint64_t n);

#endif
