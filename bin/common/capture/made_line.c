#include "capture/made_line.h"

#include <string.h>

size_t made_line(char out[MADE_LINE_MAX], const struct sink_config *asked,
                 const struct envelope_packet *p, const void *about)
{
	size_t size = asked->format == SINK_JSON ? SINK_JSON_MAX : SINK_LINE_MAX;
	size_t length = asked->line(out, size - 1, p, about);

	if (asked->block) {
		out[length++] = '\0';
		length += asked->block(out + length, SINK_BLOCK_MAX, p, about);
	}
	return length;
}

static size_t copy_text(char *out, size_t size, const uint8_t *text, size_t length)
{
	length = length < size ? length : size - 1;
	memcpy(out, text, length);
	out[length] = '\0';
	return length;
}

size_t made_line_copy(char *out, size_t size, const struct envelope_packet *line, const void *about)
{
	(void)about;
	return copy_text(out, size, line->data, strnlen((const char *)line->data, line->length));
}

size_t made_block_copy(char *out, size_t size, const struct envelope_packet *line,
                       const void *about)
{
	size_t before = strnlen((const char *)line->data, line->length) + 1;

	(void)about;
	return copy_text(out, size, line->data + before, line->length - before);
}
