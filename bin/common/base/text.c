#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

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
