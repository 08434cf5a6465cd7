/* made_line.h - a line, and the block of lines behind it, made in one thread and written in
 * another: on its way it is the octets of a packet, line, NUL, block. */
#ifndef CAPTURE_MADE_LINE_H
#define CAPTURE_MADE_LINE_H

#include "capture/sink.h"

enum {
	MADE_TEXT_MAX = (int)SINK_LINE_MAX + (int)SINK_BLOCK_MAX,
	MADE_LINE_MAX = (int)SINK_JSON_MAX > MADE_TEXT_MAX ? (int)SINK_JSON_MAX : MADE_TEXT_MAX
};

/* By asked's line and block. Returns the octets. */
size_t made_line(char out[MADE_LINE_MAX], const struct sink_config *asked,
                 const struct envelope_packet *p, const void *about);
/* For the config of the sink that writes it. */
size_t made_line_copy(char *out, size_t size, const struct envelope_packet *line,
                      const void *about);
size_t made_block_copy(char *out, size_t size, const struct envelope_packet *line,
                       const void *about);

#endif
