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
