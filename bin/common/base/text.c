#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_add(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->length;
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(t->out + t->length, room, format, arguments);
	va_end(arguments);
	if (n > 0)
		t->length += (size_t)n < room ? (size_t)n : room - 1;
}

void text_cut(char *text)
{
	size_t start = strlen(text), end = start;

	while (start && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (!start)
		return;
	unsigned char first = (unsigned char)text[start - 1];
	size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (end - (start - 1) < size)
		text[start - 1] = '\0';
}

const char *text_number(char out[TEXT_NUMBER_SIZE], uint64_t n)
{
	char digits[24];
	int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
	size_t used = 0;

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			out[used++] = ' ';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}
