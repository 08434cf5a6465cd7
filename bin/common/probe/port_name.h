/* port_name.h - what -p says: a port, and perhaps the channel of the probe on it, PORT@CHANNEL.
 * Opens nothing. */
#ifndef PORT_NAME_H
#define PORT_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"

struct port_name {
	const char *path; /* lives as long as the tool */
	int64_t channel;  /* -1: none is named */
};

/* Digits behind the last @ are a channel, unless there is a file of the whole name; an @ at the end
 * is taken off, and says that what stands before it is the name, whatever it looks like. 0, or -1
 * with why: a channel that there cannot be, a name that is empty, tcp: without host and port. */
int port_name_read(struct port_name *n, const char *value, struct why *why);

/* Whether both are one port: by name, behind links too. */
bool port_name_is_same(const char *one, const char *other);

#endif
