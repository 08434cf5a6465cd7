/* sink_internal.h - what the files of the sink share: sink.c (formats, files, readers) and
 * sink_due.c (when what was accepted leaves the buffer, and is on the disk). */
#ifndef CAPTURE_SINK_INTERNAL_H
#define CAPTURE_SINK_INTERNAL_H

#include "capture/sink.h"

enum { FLUSH_AFTER_MS = 1000 };

/* What has become of the file becomes the sink's state, which is returned. */
enum output_state sink_note(struct sink *s, enum output_state state);
/* Writes what has been in the buffer, or not on the disk, for long enough. */
enum output_state sink_write_due(struct sink *s);

#endif
