#include "capture/sink_lines.h"

#include <string.h>

#include "base/escape.h"
#include "packet/colour.h"

/* All that is from outside passes escape here, whatever has been done to it before; colours come
 * behind it. */
static size_t finish(const struct sink *s, char *out, size_t size, const char *text, size_t length)
{
	char plain[SINK_LINE_MAX];
	size_t n;

	if (s->coloured) {
		n = escape(plain, sizeof plain, text, length);
		n = colour_line(out, size - 1, plain, n);
	} else {
		n = escape(out, size - 1, text, length);
	}
	out[n] = '\n';
	return n + 1;
}

static size_t finish_block(const struct sink *s, char *out, size_t size, const char *text,
                           size_t length)
{
	const char *end = text + length;
	size_t used = 0;

	while (text < end && size - used > SINK_COLOURED_MAX) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((newline ? newline : end) - text);

		used += finish(s, out + used, SINK_COLOURED_MAX, text, n);
		text += n + (newline != NULL);
	}
	return used;
}

size_t sink_lines(const struct sink *s, char *out, size_t size, const struct envelope_packet *p,
                  const void *about)
{
	char text[SINK_LINE_MAX];
	size_t length = s->config.line(text, sizeof text - 1, p, about);
	size_t used = finish(s, out, SINK_COLOURED_MAX, text, length);

	if (s->config.block) {
		char block[SINK_BLOCK_MAX];

		length = s->config.block(block, sizeof block, p, about);
		used += finish_block(s, out + used, size - used, block, length);
	}
	return used;
}
