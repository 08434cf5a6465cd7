/* words.h - pieces of a line without printf(3), which would take longer than all the rest of a
 * frame. What does not fit is cut; behind the pieces and their NUL anything may be written that is
 * within the room. */
#ifndef PACKET_WORDS_H
#define PACKET_WORDS_H

#include <string.h>

#include "base/digits.h"
#include "base/text.h"

static inline void words_put(struct text *t, const char *words, size_t n)
{
	text_put(t, words, n);
}

static inline void words_add(struct text *t, const char *words)
{
	words_put(t, words, strlen(words));
}

/* Where a piece of `most` characters at the most begins: in the text, or elsewhere, which has room
 * for it, where the text may be too full. */
static inline char *words_piece(const struct text *t, char *elsewhere, size_t most)
{
	return __builtin_expect(t->size - t->length > most, 1) ? t->out + t->length : elsewhere;
}

static inline void words_piece_made(struct text *t, const char *begin, const char *end)
{
	if (__builtin_expect(begin != t->out + t->length, 0)) {
		words_put(t, begin, (size_t)(end - begin));
		return;
	}
	t->length = (size_t)(end - t->out);
	t->out[t->length] = '\0';
}

/* Words of a piece. Returns where the next ones go. */
static inline char *words_copy(char *at, const char *words)
{
	size_t n = strlen(words);

	memcpy(at, words, n);
	return at + n;
}

void words_number(struct text *t, uint64_t number);

/* With so many digits, at the most 16. */
void words_hex(struct text *t, uint64_t value, unsigned count);

/* "00:12:4b:00:00:9e:a3:c2" */
static inline void words_extended(struct text *t, uint64_t address)
{
	for (int shift = 56; shift >= 0; shift -= 8) {
		words_hex(t, address >> shift & 0xff, 2);
		words_put(t, ":", shift ? 1 : 0);
	}
}

/* A name with its blank before it, and its number. */
static inline void words_field(struct text *t, const char *name, uint64_t number)
{
	words_add(t, name);
	words_number(t, number);
}

#endif
