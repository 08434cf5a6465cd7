/* settings.h - the command line of slip-dump. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_options.h"
#include "capture/choice.h"
#include "capture/room.h"
#include "capture/writes.h"
#include "frame_keys/frame_keys.h"
#include "probe/port.h"
#include "probe/probe.h"

enum { OUTPUTS_MAX = 8, PROBES_MAX = 16 };

struct dump_probe {
	struct port_options port;
	struct probe_options probe;
	char name[PATH_MAX + 8]; /* its port, and its channel where that is known: PORT@15 */
};

struct settings {
	struct port_options port;    /* of all probes; path: of the first, NULL, or file is */
	struct option_strings ports; /* -p */
	struct dump_probe probes[PROBES_MAX];
	unsigned probe_count;
	const char *file; /* "-": standard input */
	bool follow;
	bool any_firmware; /* of a file: as its content says */
	struct choice_options choice;
	struct capture_output output;
	struct writes_options writes;
	double top; /* seconds; 0: not asked for */
	struct write_choice outputs[OUTPUTS_MAX];
	unsigned output_count;
	int dlt;
	uint16_t link_type; /* of the capture; TAP for readable lines, which show all of it */
	struct room_options room;
	struct frame_keys_options frame_keys;
	struct extcap_options extcap;
};

/* Ends the tool with words where the options do not fit each other (status 2), or one of several
 * outputs cannot be opened (1). */
void settings_parse(int argc, char **argv, struct settings *s);

/* The probes that -p names, into s. 0, or -1 with why: a name or a channel cannot be, or there are
 * too many. */
int settle_probes(struct settings *s, struct why *why);

#endif
