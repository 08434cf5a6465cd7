/* settings.h - the command line of amqp-serial. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "bus/settings.h"
#include "bus/spool.h"

enum mode { MODE_ACTIVE, MODE_PASSIVE };

struct settings {
	struct bus_settings bus;
	struct spool_settings spool;
	const char *name;
	const char *port;
	uint64_t baud;
	bool hangup;
	int mode; /* enum mode */
	struct option_strings peers;
	bool forward_acks;
	uint64_t buffer_mib;
	bool pcap; /* how frames are published; else JSON */
};

/* Ends the tool with status 2 and words where something is missing or wrong. */
const struct settings *settings_read(int argc, char **argv);

#endif
