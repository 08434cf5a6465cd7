#include "base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 12 };

/* Unicode 15: general categories Cc, Cf, Co, Zl and Zp, Default_Ignorable_Code_Point, the
 * noncharacters of the first plane. Those of the others end in fffe and ffff. */
static const struct {
	uint32_t from, to;
} unseen[] = {
	{0x0000, 0x001f},   {0x007f, 0x009f},    {0x00ad, 0x00ad},   {0x034f, 0x034f},
	{0x0600, 0x0605},   {0x061c, 0x061c},    {0x06dd, 0x06dd},   {0x070f, 0x070f},
	{0x0890, 0x0891},   {0x08e2, 0x08e2},    {0x115f, 0x1160},   {0x17b4, 0x17b5},
	{0x180b, 0x180f},   {0x200b, 0x200f},    {0x2028, 0x202e},   {0x2060, 0x206f},
	{0x3164, 0x3164},   {0xe000, 0xf8ff},    {0xfdd0, 0xfdef},   {0xfe00, 0xfe0f},
	{0xfeff, 0xfeff},   {0xffa0, 0xffa0},    {0xfff0, 0xfffb},   {0x110bd, 0x110bd},
	{0x110cd, 0x110cd}, {0x13430, 0x1343f},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
};

static bool is_shown(uint32_t point)
{
	if ((point & 0xfffe) == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0] && point >= unseen[i].from; i++)
		if (point <= unseen[i].to)
			return false;
	return true;
}

/* Octets of the well-formed sequence at text[0..length) (Unicode, table 3-7), its code point in
 * *point; 0 where there is none. */
static size_t sequence(const uint8_t *text, size_t length, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = text[0] < 0xc2 || text[0] > 0xf4 ? 0
	              : text[0] < 0xe0                 ? 2
	              : text[0] < 0xf0                 ? 3
	                                               : 4;

	if (!size || size > length)
		return 0;
	*point = text[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (text[i] & 0x3f);
	}
	bool surrogate = *point >= 0xd800 && *point <= 0xdfff;
	return *point < least[size] || *point > 0x10ffff || surrogate ? 0 : size;
}

/* The character at text[0..length) as it is shown; returns the octets that it has there. */
static size_t show(char out[SHOWN_MAX], const uint8_t *text, size_t length)
{
	uint32_t point = text[0];
	size_t size = text[0] < 0x80 ? 1 : sequence(text, length, &point);

	if (size && is_shown(point)) {
		memcpy(out, text, size);
		out[size] = '\0';
	} else if (size < 2) {
		snprintf(out, SHOWN_MAX, "\\x%02x", text[0]);
	} else {
		snprintf(out, SHOWN_MAX, point < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)point);
	}
	return size ? size : 1;
}

enum { BLOCK = 16, HALF = BLOCK / 2, BLOCKS = 2 * BLOCK };
typedef uint8_t octets __attribute__((vector_size(BLOCK)));
typedef int8_t block __attribute__((vector_size(BLOCK)));

/* All bits of each octet that is printable ASCII, 0x20 to 0x7e. One more than these is above a
 * blank: what is behind them becomes negative, as the octets from 0x80 are. */
static inline block plain_octets(const char *text)
{
	octets a;

	memcpy(&a, text, BLOCK);
	return (block)(a + 1) > ' ';
}

static inline bool is_whole(block plain)
{
	uint64_t halves[2];

	memcpy(halves, &plain, BLOCK);
	return (halves[0] & halves[1]) == UINT64_MAX;
}

/* Two blocks, which may be the same. */
static inline bool are_plain(const char *first, const char *second)
{
	return is_whole(plain_octets(first) & plain_octets(second));
}

/* What is less than a block, but half of one. */
static inline bool is_short_plain(const char *text, size_t length)
{
	char both[BLOCK];

	memcpy(both, text, HALF);
	memcpy(both + HALF, text + length - HALF, HALF);
	return are_plain(both, both);
}

static size_t count_plain(const char *text, size_t length)
{
	size_t n = 0;

	if (length >= HALF && length < BLOCK && is_short_plain(text, length))
		return length;
	while (length - n >= BLOCKS && are_plain(text + n, text + n + BLOCK))
		n += BLOCKS;
	if (length - n >= BLOCK && are_plain(text + n, text + n))
		n += BLOCK;
	/* The last ones together with some of those before them. */
	if (length >= BLOCK && length - n < BLOCK &&
	    are_plain(text + length - BLOCK, text + length - BLOCK))
		return length;
	while (n < length && text[n] >= 0x20 && text[n] < 0x7f)
		n++;
	return n;
}

/* Looked at as a whole: most lines are plain to their end. */
bool escape_is_plain(const char *text, size_t length)
{
	if (length < BLOCK)
		return count_plain(text, length) == length;
	block plain = plain_octets(text);
	for (size_t n = BLOCK; n + BLOCK <= length; n += BLOCK)
		plain &= plain_octets(text + n);
	return is_whole(plain & plain_octets(text + length - BLOCK));
}

size_t escape(char *out, size_t size, const char *text, size_t length)
{
	size_t used = 0, at = 0;

	while (at < length) {
		size_t room = size - used - 1;
		size_t plain = count_plain(text + at, length - at < room ? length - at : room);

		memcpy(out + used, text + at, plain);
		used += plain;
		at += plain;
		if (at == length || plain == room)
			break;
		char shown[SHOWN_MAX];
		size_t read = show(shown, (const uint8_t *)text + at, length - at);
		size_t n = strlen(shown);

		if (n >= size - used)
			break;
		memcpy(out + used, shown, n);
		used += n;
		at += read;
	}
	out[used] = '\0';
	return used;
}
