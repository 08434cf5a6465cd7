/* settings.h - the command line of amqp-play. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/settings.h"
#include "bus/spool.h"
#include "capture/choice.h"
#include "voices.h"

struct settings {
	struct bus_settings bus;
	struct spool_settings spool;
	struct voices_options voices;
	const char *path;
	struct choice_options choice;
	double speed;   /* of the capture's own timing; 0: as fast as possible */
	double max_gap; /* seconds; 0: none */
	uint64_t passes;
	int fcs; /* enum strip_fcs */
};

/* Ends the tool with status 2 and words where something is missing or wrong. */
void settings_parse(int argc, char **argv, struct settings *s);

#endif
