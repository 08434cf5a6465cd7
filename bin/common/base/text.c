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
