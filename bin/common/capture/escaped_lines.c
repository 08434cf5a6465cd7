#include "capture/escaped_lines.h"

#include <string.h>

#include "base/escape.h"
#include "packet/colour.h"

size_t escaped_line(char *out, const char *text, size_t length, bool coloured)
{
	char plain[ESCAPED_LINE_MAX / 2];
	size_t n;

	if (coloured) {
		n = escape(plain, sizeof plain, text, length);
		n = colour_line(out, ESCAPED_LINE_MAX - 1, plain, n);
	} else {
		n = escape(out, ESCAPED_LINE_MAX / 2, text, length);
	}
	out[n] = '\n';
	return n + 1;
}

/* Most lines stay as they are. */
size_t escaped_in_place(char *line, size_t length, bool coloured)
{
	char text[ESCAPED_LINE_MAX / 2];

	if (coloured || !escape_is_plain(line, length)) {
		memcpy(text, line, length);
		return escaped_line(line, text, length, coloured);
	}
	line[length] = '\n';
	return length + 1;
}

size_t escaped_lines(char *out, size_t size, const char *text, size_t length, bool coloured)
{
	const char *end = text + length;
	size_t used = 0;

	while (text < end && size - used >= ESCAPED_LINE_MAX) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		used += escaped_line(out + used, text, n, coloured);
		text += n + (newline != NULL);
	}
	return used;
}
