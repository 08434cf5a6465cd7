/* scan_dense.c - where escapes are close together: octet by octet, for all kernels. */
#include "scan_word.h"

struct slip_run slip_unescape_dense(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                    size_t most)
{
	size_t i = 0, room = n / 2 < size ? n / 2 : size;
	const uint8_t *from = in;
	uint8_t *to = out;

	while (room - i >= HALF && unescape_word(out + i, in + 2 * i))
		i += HALF;
	from += 2 * i;
	to += i;
	for (most = room - i < most ? room - i : most; most > 0; most--) {
		uint8_t octet = *from;

		if (octet == SLIP_END)
			break;
		if (octet == SLIP_ESC) {
			octet = from[1];
			if (octet == SLIP_ESC_END)
				octet = SLIP_END;
			else if (octet == SLIP_ESC_ESC)
				octet = SLIP_ESC;
			else
				break;
			from++;
		}
		from++;
		*to++ = octet;
	}
	return (struct slip_run){(size_t)(from - in), (size_t)(to - out)};
}

struct slip_run slip_escape_dense(uint8_t *out, size_t size, const uint8_t *in, size_t n,
                                  size_t most)
{
	size_t i = 0, room = n < size / 2 ? n : size / 2;
	uint8_t *to = out;

	for (; room - i >= WORD && escape_word(to, in + i); to += 2 * WORD)
		i += WORD;
	for (most = room - i < most ? room : i + most; i < most; i++) {
		uint8_t octet = in[i];

		switch (octet) {
		case SLIP_END:
			*to++ = SLIP_ESC;
			*to++ = SLIP_ESC_END;
			break;
		case SLIP_ESC:
			*to++ = SLIP_ESC;
			*to++ = SLIP_ESC_ESC;
			break;
		default:
			*to++ = octet;
		}
	}
	return (struct slip_run){i, (size_t)(to - out)};
}
