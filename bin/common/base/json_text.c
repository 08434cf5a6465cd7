#include "base/json_text.h"

#include <string.h>

#include "base/digits.h"

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

static void add_unit(struct text *t, unsigned unit)
{
	char escaped[sizeof "\\u1234"] = "\\u", *at = escaped + 2;

	at = digits_put_hex(at, (uint8_t)(unit >> 8));
	digits_put_hex(at, (uint8_t)unit);
	text_put(t, escaped, sizeof escaped - 1);
}

/* One that does not stand for itself. */
static void add_point(struct text *t, uint32_t point)
{
	if (point == '"' || point == '\\') {
		text_put(t, "\\", 1);
		text_put(t, point == '"' ? "\"" : "\\", 1);
	} else if (point < 0x10000) {
		add_unit(t, point);
	} else {
		add_unit(t, 0xd800 + ((point - 0x10000) >> 10));
		add_unit(t, 0xdc00 + ((point - 0x10000) & 0x3ff));
	}
}

static size_t count_plain(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && text[n] >= ' ' && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

void json_text_add(struct text *t, const char *text, size_t length)
{
	text_put(t, "\"", 1);
	for (size_t i = 0; i < length;) {
		size_t plain = count_plain(text + i, length - i), n;
		uint32_t point;

		text_put(t, text + i, plain);
		i += plain;
		if (i == length)
			break;
		n = read_point(&point, (const unsigned char *)text + i, length - i);
		add_point(t, n ? point : 0xfffd);
		i += n ? n : 1;
	}
	text_put(t, "\"", 1);
}

void json_text_member(struct text *t, const char *name, const char *text)
{
	text_put(t, ",\"", 2);
	text_put(t, name, strlen(name));
	text_put(t, "\":", 2);
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
