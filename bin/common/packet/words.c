#include "packet/words.h"

enum { HEX_MAX = 16 };

void words_number(struct text *t, uint64_t number)
{
	char digits[DIGITS_MAX], *out = words_room(t, DIGITS_MAX);
	size_t n;

	if (out) {
		words_made(t, (size_t)(digits_put_number(out, number) - out));
		return;
	}
	n = (size_t)(digits_put_number(digits, number) - digits);
	words_put(t, digits, n);
}

void words_hex(struct text *t, uint64_t value, unsigned count)
{
	char digits[HEX_MAX], *at = digits;

	for (int shift = 56; shift >= 0; shift -= 8)
		at = digits_put_hex(at, (uint8_t)(value >> shift));
	count = count < HEX_MAX ? count : HEX_MAX;
	words_put(t, at - count, count);
}
