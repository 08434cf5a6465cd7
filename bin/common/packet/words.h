/* words.h - pieces of a line without printf(3), which would take longer than all the rest of a
 * frame. What does not fit is cut; nothing behind the pieces is written but the NUL that the room
 * has. */
#ifndef PACKET_WORDS_H
#define PACKET_WORDS_H

#include <string.h>

#include "base/text.h"

static inline void words_put(struct text *t, const char *words, size_t n)
{
	size_t room = t->size - 1 - t->length;

	/* Where n is a constant it stays one: no call of memcpy. */
	if (__builtin_expect(n <= room, 1)) {
		memcpy(t->out + t->length, words, n);
		t->length += n;
	} else {
		memcpy(t->out + t->length, words, room);
		t->length += room;
	}
	t->out[t->length] = '\0';
}

static inline void words_add(struct text *t, const char *words)
{
	words_put(t, words, strlen(words));
}

static inline void words_number(struct text *t, uint64_t number)
{
	char digits[20], *end = digits + sizeof digits, *at = end;

	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	words_put(t, at, (size_t)(end - at));
}

enum { WORDS_DIGITS = 8 };

/* A number below 10^8, with zeros before it: cut into halves of four digits, these into pairs,
 * these into digits, each time all at once. */
static inline void words_digits(char out[WORDS_DIGITS], uint32_t number)
{
	uint64_t fours = (uint64_t)(number / 10000) << 32 | number % 10000;
	uint64_t hundreds = fours * 10486 >> 20 & 0x0000007f0000007f;
	uint64_t twos = hundreds << 16 | (fours - hundreds * 100);
	uint64_t tens = twos * 103 >> 10 & 0x000f000f000f000f;
	uint64_t digits = (tens << 8 | (twos - tens * 10)) + 0x3030303030303030;

	out[0] = (char)(digits >> 56);
	out[1] = (char)(digits >> 48);
	out[2] = (char)(digits >> 40);
	out[3] = (char)(digits >> 32);
	out[4] = (char)(digits >> 24);
	out[5] = (char)(digits >> 16);
	out[6] = (char)(digits >> 8);
	out[7] = (char)digits;
}

/* With so many digits, at the most 16. */
static inline void words_hex(struct text *t, uint64_t value, unsigned count)
{
	char digits[16];

	count = count < sizeof digits ? count : sizeof digits;
	for (unsigned i = count; i--; value >>= 4)
		digits[i] = "0123456789abcdef"[value & 0xf];
	words_put(t, digits, count);
}

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
