#include <string.h>

#include "envelope_scan.h"
#include "envelope_utf8.h"

static bool is_digit(const struct scanner *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of \uXXXX: the unit, or -1 with s->at where they end. */
static int32_t scan_unit(struct scanner *s)
{
	int32_t unit = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		int digit = s->at < s->end ? hex_digit(*s->at) : -1;

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

/* After the backslash. The code point, or -1. */
static int32_t scan_escape(struct scanner *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found = s->at < s->end && *s->at ? strchr(from, *s->at) : NULL;
	int32_t high, low;

	if (found) {
		s->at++;
		return to[found - from];
	}
	if (!envelope_scan_skip(s, 'u'))
		return -1;
	high = scan_unit(s);
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || !envelope_scan_skip(s, '\\') || !envelope_scan_skip(s, 'u'))
		return -1;
	low = scan_unit(s);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* A bit in each of eight characters that is a quote, a backslash, a control character or beyond
 * ASCII. Behind the first of them, as little-endian goes, borrows may set more. */
static uint64_t specials(uint64_t eight)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t quote = eight ^ each * '"', backslash = eight ^ each * '\\';

	return ((eight - each * ' ') | (quote - each) | (backslash - each) | eight) & each << 7;
}

static void skip_plain(struct scanner *s)
{
	uint64_t eight;

	for (; s->end - s->at >= (ptrdiff_t)sizeof(eight); s->at += sizeof(eight)) {
		memcpy(&eight, s->at, sizeof(eight));
		eight = specials(eight);
		if (eight == 0)
			continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		s->at += __builtin_ctzll(eight) / 8;
#endif
		return;
	}
}

bool envelope_scan_string(struct scanner *s, struct envelope_scan_string *string)
{
	uint32_t point;
	size_t size;

	if (!envelope_scan_skip(s, '"'))
		return false;
	string->text = s->at;
	string->escaped = false;
	skip_plain(s);
	while (s->at < s->end) {
		if (*s->at == '"') {
			string->length = (size_t)(s->at - string->text);
			s->at++;
			return true;
		}
		if (*s->at == '\\') {
			s->at++;
			string->escaped = true;
			if (scan_escape(s) < 0)
				return false;
			skip_plain(s);
			continue;
		}
		if (*s->at >= ' ' && *s->at < 0x80) {
			s->at++;
			continue;
		}
		size = *s->at < ' '
		               ? 0
		               : envelope_utf8_sequence(s->at, (size_t)(s->end - s->at), &point);
		if (size == 0)
			return false;
		s->at += size;
	}
	return false;
}

static size_t utf8_write(uint8_t out[4], uint32_t point)
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xc0 | point >> 6);
		out[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | point >> 12);
		out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | point >> 18);
	out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

int envelope_scan_string_text(const struct envelope_scan_string *string, uint8_t *out, size_t size)
{
	struct scanner s;
	size_t length = 0;

	s.at = string->text;
	s.end = string->text + string->length;
	while (s.at < s.end) {
		uint8_t octets[4];
		size_t n = 1;

		if (envelope_scan_skip(&s, '\\'))
			n = utf8_write(octets, (uint32_t)scan_escape(&s));
		else
			octets[0] = *s.at++;
		if (n > size - length)
			return -1;
		memcpy(out + length, octets, n);
		length += n;
	}
	return (int)length;
}

static size_t skip_digits(struct scanner *s)
{
	const uint8_t *from = s->at;

	while (is_digit(s))
		s->at++;
	return (size_t)(s->at - from);
}

static bool scan_exponent(struct scanner *s, int64_t *exponent)
{
	bool negative = envelope_scan_is(s, '-');
	int64_t value = 0;

	if (!negative)
		envelope_scan_skip(s, '+');
	s->at += negative;
	if (!is_digit(s))
		return false;
	for (; is_digit(s); s->at++)
		if (value < SCAN_EXPONENT_MAX)
			value = value * 10 + (*s->at - '0');
	if (value > SCAN_EXPONENT_MAX)
		value = SCAN_EXPONENT_MAX;
	*exponent = negative ? -value : value;
	return true;
}

bool envelope_scan_number(struct scanner *s, struct envelope_scan_number *number)
{
	number->negative = envelope_scan_skip(s, '-');
	number->digits = s->at;
	number->fraction = s->at;
	number->fraction_count = 0;
	number->exponent = 0;
	if (!is_digit(s))
		return false;
	if (envelope_scan_skip(s, '0'))
		number->digit_count = 1;
	else
		number->digit_count = skip_digits(s);
	if (envelope_scan_skip(s, '.')) {
		number->fraction = s->at;
		number->fraction_count = skip_digits(s);
		if (number->fraction_count == 0)
			return false;
	}
	if (envelope_scan_skip(s, 'e') || envelope_scan_skip(s, 'E'))
		return scan_exponent(s, &number->exponent);
	return true;
}

bool envelope_scan_key(struct scanner *s, struct envelope_scan_string *key)
{
	envelope_scan_space(s);
	if (!envelope_scan_string(s, key))
		return false;
	envelope_scan_space(s);
	if (!envelope_scan_skip(s, ':'))
		return false;
	envelope_scan_space(s);
	return true;
}

static bool scan_literal(struct scanner *s, const char *literal)
{
	for (; *literal; literal++)
		if (!envelope_scan_skip(s, *literal))
			return false;
	return true;
}

static bool scan_scalar(struct scanner *s)
{
	struct envelope_scan_string string;
	struct envelope_scan_number number;

	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '"':
		return envelope_scan_string(s, &string);
	case 't':
		return scan_literal(s, "true");
	case 'f':
		return scan_literal(s, "false");
	case 'n':
		return scan_literal(s, "null");
	default:
		return envelope_scan_number(s, &number);
	}
}

enum container { ARRAY, OBJECT, FORGOTTEN };

static void remember(struct scanner *s, size_t level, bool object)
{
	uint8_t bit = (uint8_t)(1u << level % 8);

	if (level >= SCAN_KINDS_KNOWN)
		return;
	if (object)
		s->kinds[level / 8] |= bit;
	else
		s->kinds[level / 8] &= (uint8_t)~bit;
}

static enum container recall(const struct scanner *s, size_t level)
{
	if (level >= SCAN_KINDS_KNOWN)
		return FORGOTTEN;
	return s->kinds[level / 8] >> level % 8 & 1 ? OBJECT : ARRAY;
}

static bool skip_closing(struct scanner *s, enum container kind)
{
	return (kind != OBJECT && envelope_scan_skip(s, ']')) ||
	       (kind != ARRAY && envelope_scan_skip(s, '}'));
}

/* Goes down to the first scalar or empty container of the value at hand. */
static bool descend(struct scanner *s, size_t *depth)
{
	struct envelope_scan_string key;

	for (;;) {
		bool object = envelope_scan_is(s, '{');

		if (!object && !envelope_scan_is(s, '['))
			return scan_scalar(s);
		s->at++;
		envelope_scan_space(s);
		if (envelope_scan_skip(s, object ? '}' : ']'))
			return true;
		if (object && !envelope_scan_key(s, &key))
			return false;
		remember(s, (*depth)++, object);
	}
}

/* After a comma in a container whose kind is forgotten: a key with its value to follow, or a
 * value. */
static bool member_or_value(struct scanner *s, bool *value_is_read)
{
	struct envelope_scan_string string;

	*value_is_read = false;
	if (!envelope_scan_is(s, '"'))
		return true;
	if (!envelope_scan_string(s, &string))
		return false;
	envelope_scan_space(s);
	*value_is_read = !envelope_scan_skip(s, ':');
	envelope_scan_space(s);
	return true;
}

/* After a value: closes what ends here, and skips the comma and key before the next value. */
static bool ascend(struct scanner *s, size_t *depth)
{
	struct envelope_scan_string key;
	bool value_is_read = false;

	while (*depth > 0) {
		enum container kind = recall(s, *depth - 1);

		envelope_scan_space(s);
		if (skip_closing(s, kind)) {
			--*depth;
			continue;
		}
		if (!envelope_scan_skip(s, ','))
			return false;
		envelope_scan_space(s);
		if (kind == OBJECT)
			return envelope_scan_key(s, &key);
		if (kind == ARRAY)
			return true;
		if (!member_or_value(s, &value_is_read))
			return false;
		if (!value_is_read)
			return true;
	}
	return true;
}

bool envelope_scan_value(struct scanner *s)
{
	size_t depth = 0;

	do
		if (!descend(s, &depth) || !ascend(s, &depth))
			return false;
	while (depth > 0);
	return true;
}
