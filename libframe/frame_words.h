/* frame_words.h - a line put together piece by piece in a buffer that is cut where it is full;
 * private to libframe. Without printf(3), which would take longer than all the rest of a frame. */
#ifndef FRAME_WORDS_H
#define FRAME_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "frame_digits.h"

struct frame_words {
	char *out;
	size_t size, length; /* size is at least 1: room for the NUL, which the owner writes */
};

static inline void add_octets(struct frame_words *w, const char *words, size_t n)
{
	size_t end = w->length + n;

	/* Where n is a constant it stays one: no call of memcpy. */
	if (__builtin_expect(end < w->size, 1)) {
		memcpy(w->out + w->length, words, n);
		w->length = end;
		return;
	}
	memcpy(w->out + w->length, words, w->size - 1 - w->length);
	w->length = w->size - 1;
}

static inline void add_words(struct frame_words *w, const char *words)
{
	add_octets(w, words, strlen(words));
}

/* Where a piece of `most` characters at the most begins: in the line, or elsewhere, which has room
 * for it, where the line may be too full. */
static inline char *begin_piece(const struct frame_words *w, char *elsewhere, size_t most)
{
	return __builtin_expect(w->size - w->length > most, 1) ? w->out + w->length : elsewhere;
}

static inline void end_piece(struct frame_words *w, const char *begin, const char *end)
{
	if (__builtin_expect(begin == w->out + w->length, 1))
		w->length = (size_t)(end - w->out);
	else
		add_octets(w, begin, (size_t)(end - begin));
}

static inline char *put_words(char *at, const char *words)
{
	size_t n = strlen(words);

	memcpy(at, words, n);
	return at + n;
}

void frame_add_number(struct frame_words *w, uint64_t number);

static inline void add_signed(struct frame_words *w, int64_t number)
{
	if (number < 0)
		add_octets(w, "-", 1);
	frame_add_number(w, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

/* octets: at the most 8. */
static inline void add_hex(struct frame_words *w, uint64_t value, unsigned octets)
{
	char digits[2 * sizeof value], *end = frame_put_hex_of(digits, value, octets);

	add_octets(w, digits, (size_t)(end - digits));
}

/* "00:12:4b:00:00:9e:a3:c2" */
enum { EXTENDED_MAX = 8 * 3 }; /* with a colon behind it */
char *frame_put_extended(char *at, uint64_t address);
void frame_add_extended(struct frame_words *w, uint64_t address);

/* "NAME NUMBER" with what separates it from the words before. */
static inline void add_field(struct frame_words *w, const char *name, uint64_t number)
{
	add_words(w, name);
	frame_add_number(w, number);
}

static inline void add_if(struct frame_words *w, int is_so, const char *words)
{
	if (is_so)
		add_words(w, words);
}

#endif
