/* frame_hex.h - eight hexadecimal digits at a time; private to libframe. */
#ifndef FRAME_HEX_H
#define FRAME_HEX_H

#include <stdint.h>

enum { FRAME_HEX_DIGITS = 8 };

/* Each digit has an octet of a word, in which all become characters at once: without a look-up for
 * each. Compilers make one store of the eight. */
static inline void frame_hex(char out[FRAME_HEX_DIGITS], uint32_t value)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t digits = value, letters;

	digits = (digits | digits << 16) & 0x0000ffff0000ffff;
	digits = (digits | digits << 8) & 0x00ff00ff00ff00ff;
	digits = (digits | digits << 4) & 0x0f0f0f0f0f0f0f0f;
	letters = (digits + 6 * each) >> 4 & each; /* ten and more */
	digits += '0' * each + ('a' - '0' - 10) * letters;
	out[0] = (char)(digits >> 56);
	out[1] = (char)(digits >> 48);
	out[2] = (char)(digits >> 40);
	out[3] = (char)(digits >> 32);
	out[4] = (char)(digits >> 24);
	out[5] = (char)(digits >> 16);
	out[6] = (char)(digits >> 8);
	out[7] = (char)digits;
}

#endif
