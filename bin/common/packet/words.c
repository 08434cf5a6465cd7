#include "packet/words.h"

enum { HEX_MAX = 16 };

void words_number(struct text *t, uint64_t number)
{
	char elsewhere[DIGITS_MAX], *begin = words_piece(t, elsewhere, sizeof elsewhere);

	words_piece_made(t, begin, digits_put_number(begin, number));
}

void words_hex(struct text *t, uint64_t value, unsigned count)
{
	char digits[HEX_MAX], *at = digits;

	for (int shift = 56; shift >= 0; shift -= 8)
		at = digits_put_hex(at, (uint8_t)(value >> shift));
	count = count < HEX_MAX ? count : HEX_MAX;
	words_put(t, at - count, count);
}
