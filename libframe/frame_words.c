/* frame_words.c - numbers and addresses in a line. */
#include "frame_words.h"

void frame_add_number(struct frame_words *w, uint64_t number)
{
	char digits[FRAME_DIGITS_MAX], *end;

	if (w->size - w->length > FRAME_DIGITS_MAX) {
		w->length = (size_t)(frame_put_number(w->out + w->length, number) - w->out);
		return;
	}
	end = frame_put_number(digits, number);
	add_octets(w, digits, (size_t)(end - digits));
}

void frame_add_extended(struct frame_words *w, uint64_t address)
{
	char digits[3 * sizeof address], *at = digits;

	for (unsigned i = sizeof address; i--;) {
		at = frame_put_hex(at, (uint8_t)(address >> 8 * i));
		*at++ = ':';
	}
	add_octets(w, digits, sizeof digits - 1);
}
