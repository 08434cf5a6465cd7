/* frame_words.c - numbers and addresses in a line. */
#include "frame_words.h"

void frame_add_number(struct frame_words *w, uint64_t number)
{
	char elsewhere[FRAME_DIGITS_MAX], *begin = begin_piece(w, elsewhere, sizeof elsewhere);

	end_piece(w, begin, frame_put_number(begin, number));
}

char *frame_put_extended(char *at, uint64_t address)
{
	for (unsigned i = sizeof address; i--;) {
		at = frame_put_hex(at, (uint8_t)(address >> 8 * i));
		*at++ = ':';
	}
	return at - 1;
}

void frame_add_extended(struct frame_words *w, uint64_t address)
{
	char elsewhere[EXTENDED_MAX], *begin = begin_piece(w, elsewhere, sizeof elsewhere);

	end_piece(w, begin, frame_put_extended(begin, address));
}
