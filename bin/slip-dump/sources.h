/* sources.h - where frames come from, by name: the probes, or the file that is read. */
#ifndef SOURCES_H
#define SOURCES_H

#include "capture/sink.h"
#include "settings.h"

/* Once, before threads start. s outlives the tool. 0, or -1: out of memory. */
int sources_init(const struct settings *s);
/* As an interface of a capture. Numbers are those of the probes, from 0; a file's is 0. */
const struct sink_source *sources_at(unsigned number);
/* Of several probes, the i-th; NULL behind the last. */
const struct sink_source *sources_of_probes(unsigned i);
/* For lines, each NUL-terminated, and "" where there is one source: its name and a blank; a member
 * of a JSON object and its comma. */
const char *sources_in_line(unsigned number);
const char *sources_in_json(unsigned number);

#endif
