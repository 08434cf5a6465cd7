#include <string.h>

#include "envelope_text.h"
#include "envelope_utf8.h"

#define NS_PER_S  1000000000
#define NS_PER_US 1000

void envelope_text_raw(struct text *t, const char *from, size_t length)
{
	if (t->full || length > t->size - t->length) {
		t->full = true;
		return;
	}
	memcpy(t->out + t->length, from, length);
	t->length += length;
}

void envelope_text_literal(struct text *t, const char *from)
{
	envelope_text_raw(t, from, strlen(from));
}

static void text_unit(struct text *t, unsigned unit)
{
	static const char hex[] = "0123456789abcdef";
	char escape[6] = {
		'\\',          'u', hex[unit >> 12], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
		hex[unit & 15]};

	envelope_text_raw(t, escape, sizeof(escape));
}

static void text_escaped(struct text *t, uint32_t point)
{
	static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
	const char *found = point && point < 0x80 ? strchr(from, (int)point) : NULL;

	if (found) {
		envelope_text_raw(t, (const char[]){'\\', to[found - from]}, 2);
	} else if (point < 0x10000) {
		text_unit(t, point);
	} else {
		text_unit(t, 0xd7c0 + (point >> 10));
		text_unit(t, 0xdc00 + (point & 0x3ff));
	}
}

static bool is_plain(uint32_t point)
{
	return point >= ' ' && point <= '~' && point != '"' && point != '\\';
}

void envelope_text_string(struct text *t, const char *utf8)
{
	const uint8_t *from = (const uint8_t *)(utf8 ? utf8 : "");
	size_t left = strlen((const char *)from), size;

	envelope_text_raw(t, "\"", 1);
	for (; left > 0; from += size, left -= size) {
		uint32_t point = 0;

		size = envelope_utf8_sequence(from, left, &point);
		if (size == 0) {
			point = 0xfffd;
			size = 1;
		}
		if (is_plain(point))
			envelope_text_raw(t, (const char *)from, 1);
		else
			text_escaped(t, point);
	}
	envelope_text_raw(t, "\"", 1);
}

void envelope_text_number(struct text *t, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	envelope_text_raw(t, digits + at, sizeof(digits) - at);
}

/* Below 0.0001 Python writes an exponent: 1e-06, 1.2e-05. */
static void text_few_microseconds(struct text *t, unsigned micros)
{
	char power = micros < 10 ? '6' : '5';

	envelope_text_number(t, micros < 10 ? micros : micros / 10);
	if (micros >= 10 && micros % 10) {
		envelope_text_raw(t, ".", 1);
		envelope_text_number(t, micros % 10);
	}
	envelope_text_raw(t, "e-0", 3);
	envelope_text_raw(t, &power, 1);
}

void envelope_text_time(struct text *t, int64_t time_ns)
{
	uint64_t ns = time_ns < 0 ? 0 : (uint64_t)time_ns;
	unsigned micros = (unsigned)(ns % NS_PER_S / NS_PER_US);
	char fraction[7] = ".000000";
	size_t length = sizeof(fraction);

	if (ns < NS_PER_S && micros > 0 && micros < 100) {
		text_few_microseconds(t, micros);
		return;
	}
	envelope_text_number(t, ns / NS_PER_S);
	if (ns % NS_PER_S == 0)
		return;
	for (size_t i = sizeof(fraction) - 1; i > 0; i--, micros /= 10)
		fraction[i] = (char)('0' + micros % 10);
	while (length > 2 && fraction[length - 1] == '0')
		length--;
	envelope_text_raw(t, fraction, length);
}
