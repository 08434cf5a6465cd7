/* settings.h - the command line of slip-dump. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct settings {
	const char *port, *file; /* one of the two; "-": standard input */
	uint64_t baud;
	bool hangup;
	const char *output; /* NULL: readable lines on standard output */
	uint16_t link_type; /* of the capture; TAP for readable lines, which show all of it */
	bool flush_each;
	uint64_t count;                                 /* 0: no end */
	uint64_t file_octets, file_seconds, file_count; /* -C -G -W; 0: not given */
	/* extcap */
	bool interfaces, dlts, config, capture;
	const char *interface, *fifo;
};

/* Ends the tool with status 2 and words where the options do not fit each other. */
const struct settings *settings_read(int argc, char **argv);

#endif
