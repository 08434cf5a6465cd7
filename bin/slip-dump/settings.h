/* settings.h - the command line of slip-dump. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_options.h"
#include "packet/filter.h"
#include "probe/port.h"

struct settings {
	struct port_options port; /* path: NULL, or file is */
	const char *file;         /* "-": standard input */
	struct filter *filter;    /* NULL: every frame is wanted */
	struct capture_output output;
	int dlt;
	uint16_t link_type; /* of the capture; TAP for readable lines, which show all of it */
	uint64_t file_octets, file_seconds, file_count; /* -C -G -W; 0: not given */
	struct extcap_options extcap;
};

/* Ends the tool with status 2 and words where the options do not fit each other. */
void settings_parse(int argc, char **argv, struct settings *s);

#endif
