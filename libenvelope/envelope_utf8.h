/* envelope_utf8.h - UTF-8 sequences one at a time (Unicode 15, table 3-7): no overlong forms, no
 * surrogates, nothing over U+10FFFF. Never reads past the length it was given. */
#ifndef ENVELOPE_UTF8_H
#define ENVELOPE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Octets of the well-formed sequence at text[0..length), its code point in *point; 0 where there is
 * none. */
static inline size_t envelope_utf8_sequence(const uint8_t *text, size_t length, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size;
	uint32_t value;

	if (length == 0)
		return 0;
	if (text[0] < 0x80) {
		*point = text[0];
		return 1;
	}
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	size = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	if (size > length)
		return 0;
	value = text[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return size;
}

#endif
