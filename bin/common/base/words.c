#include "base/words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int why_set(struct why *why, const char *format, ...)
{
	char text[sizeof why->text];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof text)
		text_cut(text);
	if (why)
		memcpy(why->text, text, strlen(text) + 1);
	return -1;
}

int why_errno(struct why *why, const char *object)
{
	const char *remedy =
		errno == EMFILE ? " (ulimit -n N allows N; of a service: LimitNOFILE=N)" : "";

	return why_set(why, "%s: %s%s", object, strerror(errno), remedy);
}
