/* settings.h - the command line of amqp-dump. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>

#include "bus/settings.h"
#include "capture/capture_options.h"
#include "capture/choice.h"
#include "capture/room.h"
#include "capture/writes.h"
#include "frame_keys/frame_keys.h"
#include "http.h"
#include "output.h"

struct settings {
	struct bus_settings bus;
	const char *name;
	struct option_strings keys;                /* patterns of what is read */
	const char *patterns[OPTION_LIST_MAX + 1]; /* the same, NULL-terminated */
	bool keep;
	uint64_t keep_for;    /* s; 0: for ever */
	uint64_t keep_octets; /* 0: not given */
	bool delete_queue;
	struct choice_options choice;
	struct capture_output output;
	struct room_options room;
	struct frame_keys_options frame_keys;
	struct writes_options writes;
	bool raw;
	double who; /* seconds between two tables; 0: no --who, below it: as is usual */
	enum output_shows shows; /* by these two */
	const char *management;
	struct http_server server; /* of it */
	bool may_draw;             /* --who, and its lines would go to standard output */
	struct extcap_options extcap;
};

/* Ends the tool where a question of Wireshark has been answered, and with status 2 and words where
 * the options do not fit each other. Points into itself. */
void settings_parse(int argc, char **argv, struct settings *s);

#endif
