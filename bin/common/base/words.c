#include "base/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Back to where a UTF-8 character begins. */
static void cut(char *text, size_t length)
{
	size_t start = length;

	while (start && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && ((unsigned char)text[start - 1] & 0xc0) == 0xc0)
		text[start - 1] = '\0';
}

int why_set(struct why *why, const char *format, ...)
{
	char text[sizeof why->text];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof text)
		cut(text, sizeof text - 1);
	if (why)
		memcpy(why->text, text, strlen(text) + 1);
	return -1;
}

int why_errno(struct why *why, const char *object)
{
	return why_set(why, "%s: %s", object, strerror(errno));
}
