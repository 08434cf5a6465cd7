/* settings.h - the command line of slip-dump. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_options.h"
#include "capture/sink.h"
#include "frame_keys/frame_keys.h"
#include "packet/filter.h"
#include "probe/port.h"

enum { OUTPUTS_MAX = 8 };
struct dump_output {
	const char *path; /* "-": standard output */
	enum sink_format format;
};

struct settings {
	struct port_options port;     /* path: NULL, or file is */
	const char *file;             /* "-": standard input */
	struct filter *filter;        /* NULL: every frame is wanted */
	struct capture_output output; /* its path is not used */
	struct option_strings write;  /* -w */
	bool json, print;
	int format; /* --format; -1: as the name says */
	struct dump_output outputs[OUTPUTS_MAX];
	unsigned output_count;
	int dlt;
	uint16_t link_type; /* of the capture; TAP for readable lines, which show all of it */
	uint64_t file_octets, file_seconds, file_count; /* -C -G -W; 0: not given */
	struct frame_keys_options frame_keys;
	struct extcap_options extcap;
};

/* Ends the tool with status 2 and words where the options do not fit each other. */
void settings_parse(int argc, char **argv, struct settings *s);

/* The outputs that -w, --print, --json and --format ask for, into s. 0, or -1 with why: they cannot
 * stand side by side. */
int settle_outputs(struct settings *s, struct why *why);

#endif
