/* The part of sink.h that makes readable lines and JSON, in their place in the file's room. */
#include "capture/escaped_lines.h"
#include "capture/sink.h"
#include "packet/colour.h"

_Static_assert((int)SINK_LINE_MAX <= (int)ESCAPED_LINE_MAX / 2, "a line is escaped in its place");

enum output_state sink_begin_lines(struct sink *s)
{
	s->coloured = s->config.format == SINK_LINES &&
	              colour_is_wanted(s->config.colour, file_fd(s->file));
	return s->state;
}

enum output_state sink_put_line(struct sink *s, const struct envelope_packet *p, const void *about)
{
	const struct sink_config *c = &s->config;
	char block[SINK_BLOCK_MAX];
	size_t room = c->block ? FILE_RECORD_MAX : ESCAPED_LINE_MAX, n;
	enum output_state state;
	char *line = (char *)file_room(s->file, room, &state, &s->why);

	if (!line)
		return state;
	n = escaped_in_place(line, c->line(line, SINK_LINE_MAX - 1, p, about), s->coloured);
	if (c->block)
		n += escaped_lines(line + n, room - n, block,
		                   c->block(block, sizeof block, p, about), s->coloured);
	return file_added(s->file, true, n, &s->why);
}

/* An object is printable ASCII, and is never cut. */
enum output_state sink_put_json(struct sink *s, const struct envelope_packet *p, const void *about)
{
	enum output_state state;
	char *line = (char *)file_room(s->file, SINK_JSON_MAX, &state, &s->why);

	if (!line)
		return state;
	size_t length = s->config.line(line, SINK_JSON_MAX - 1, p, about);

	line[length++] = '\n';
	return file_added(s->file, true, length, &s->why);
}
