/* frame_words.h - a line put together piece by piece in a buffer that is cut where it is full;
 * private to libframe. Without printf(3), which would take longer than all the rest of a frame. */
#ifndef FRAME_WORDS_H
#define FRAME_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "frame_hex.h"

struct frame_words {
	char *out;
	size_t size, length; /* size is at least 1: room for the NUL, which the owner writes */
};

static inline void add_octets(struct frame_words *w, const char *words, size_t n)
{
	size_t room = w->size - 1 - w->length;

	/* Where n is a constant it stays one: no call of memcpy. */
	if (__builtin_expect(n <= room, 1)) {
		memcpy(w->out + w->length, words, n);
		w->length += n;
		return;
	}
	memcpy(w->out + w->length, words, room);
	w->length += room;
}

static inline void add_words(struct frame_words *w, const char *words)
{
	add_octets(w, words, strlen(words));
}

static inline void add_number(struct frame_words *w, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	add_octets(w, digits + at, sizeof digits - at);
}

static inline void add_signed(struct frame_words *w, int64_t number)
{
	if (number < 0)
		add_octets(w, "-", 1);
	add_number(w, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static inline void add_hex(struct frame_words *w, uint64_t value, unsigned octets)
{
	char digits[2 * FRAME_HEX_DIGITS];

	octets = octets < 8 ? octets : 8;
	if (octets > FRAME_HEX_DIGITS / 2)
		frame_hex(digits, (uint32_t)(value >> 32));
	frame_hex(digits + FRAME_HEX_DIGITS, (uint32_t)value);
	add_octets(w, digits + sizeof digits - 2 * (size_t)octets, 2 * (size_t)octets);
}

/* "00:12:4b:00:00:9e:a3:c2" */
static inline void add_extended(struct frame_words *w, uint64_t address)
{
	char digits[23];

	for (unsigned i = 8; i--; address >>= 8) {
		digits[3 * i] = "0123456789abcdef"[address >> 4 & 0xf];
		digits[3 * i + 1] = "0123456789abcdef"[address & 0xf];
		if (i < 7)
			digits[3 * i + 2] = ':';
	}
	add_octets(w, digits, sizeof digits);
}

/* "NAME NUMBER" with what separates it from the words before. */
static inline void add_field(struct frame_words *w, const char *name, uint64_t number)
{
	add_words(w, name);
	add_number(w, number);
}

static inline void add_if(struct frame_words *w, int is_so, const char *words)
{
	if (is_so)
		add_words(w, words);
}

#endif
