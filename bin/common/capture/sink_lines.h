/* sink_lines.h - a packet's readable line, as a sink writes it: escaped, then coloured where that
 * is wanted, and with its block below. Private to the sink. */
#ifndef CAPTURE_SINK_LINES_H
#define CAPTURE_SINK_LINES_H

#include "capture/sink.h"

enum { SINK_COLOURED_MAX = 2 * SINK_LINE_MAX };

/* Each line with its newline, into out[0..size): returns the octets. size: at least
 * SINK_COLOURED_MAX, with a block SINK_BLOCK_ROOM. */
size_t sink_lines(const struct sink *s, char *out, size_t size, const struct envelope_packet *p,
                  const void *about);

#endif
