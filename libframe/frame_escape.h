/* frame_escape.h - one octet from outside as printable ASCII; private to libframe. All words that a
 * sender chose (names of networks) go through it. */
#ifndef FRAME_ESCAPE_H
#define FRAME_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

enum { FRAME_ESCAPED_MAX = 4 };

static inline size_t frame_escape_octet(char out[FRAME_ESCAPED_MAX], uint8_t octet)
{
	if (octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\') {
		out[0] = (char)octet;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = "0123456789abcdef"[octet >> 4];
	out[3] = "0123456789abcdef"[octet & 0xf];
	return 4;
}

#endif
