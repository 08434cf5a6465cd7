#include "base/json_text.h"

#include <string.h>

/* The code point at text[0..left), and how many octets it has; 0: no well-formed UTF-8 (RFC 3629).
 */
static size_t read_point(uint32_t *point, const unsigned char *text, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] < 0x80             ? 1
	                : (text[0] & 0xe0) == 0xc0 ? 2
	                : (text[0] & 0xf0) == 0xe0 ? 3
	                : (text[0] & 0xf8) == 0xf0 ? 4
	                                           : 0;

	if (!length || length > left)
		return 0;
	*point = length == 1 ? text[0] : text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (text[i] & 0x3f);
	}
	if (*point < least[length] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return length;
}

static void add_point(struct text *t, uint32_t point)
{
	if (point == '"' || point == '\\')
		text_add(t, "\\%c", (char)point);
	else if (point >= ' ' && point < 0x7f)
		text_add(t, "%c", (char)point);
	else if (point < 0x10000)
		text_add(t, "\\u%04x", (unsigned)point);
	else
		text_add(t, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((point - 0x10000) >> 10)),
		         (unsigned)(0xdc00 + ((point - 0x10000) & 0x3ff)));
}

void json_text_add(struct text *t, const char *text, size_t length)
{
	text_add(t, "\"");
	for (size_t i = 0; i < length;) {
		uint32_t point;
		size_t n = read_point(&point, (const unsigned char *)text + i, length - i);

		add_point(t, n ? point : 0xfffd);
		i += n ? n : 1;
	}
	text_add(t, "\"");
}

void json_text_member(struct text *t, const char *name, const char *text)
{
	text_add(t, ",\"%s\":", name);
	json_text_add(t, text, strlen(text));
}

size_t json_text_well_formed(const char *text, size_t length)
{
	size_t i = 0, n = 1;

	for (uint32_t point; n && i < length; i += n)
		n = read_point(&point, (const unsigned char *)text + i, length - i);
	return i;
}

bool json_text_is_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t point;
		size_t n = read_point(&point, (const unsigned char *)text + i, length - i);

		if (!n || (point < ' ' && point != '\t' && point != '\n' && point != '\r') ||
		    (point >= 0x7f && point < 0xa0))
			return false;
		i += n;
	}
	return true;
}
