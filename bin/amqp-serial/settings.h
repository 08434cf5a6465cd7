/* settings.h - the command line of amqp-serial. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "bus/settings.h"
#include "bus/spool.h"
#include "capture/choice.h"
#include "capture/room.h"
#include "probe/port.h"

enum mode { MODE_ACTIVE, MODE_PASSIVE };

struct settings {
	struct choice_options choice; /* passive: what is published */
	struct bus_settings bus;
	struct spool_settings spool;
	const char *name;
	struct port_options port;
	int mode; /* enum mode */
	struct option_strings peers;
	bool forward_acks;
	const char *tee; /* NULL: none */
	struct room_options room;
	uint64_t buffer_mib;
	bool pcap; /* how frames are published; else JSON */
};

/* Ends the tool with status 2 and words where something is missing or wrong. */
void settings_parse(int argc, char **argv, struct settings *s);

#endif
