/* port.h - the options of a serial port that a probe is on. Opens nothing. */
#ifndef PORT_H
#define PORT_H

#include "base/options.h"

struct port_options {
	const char *path; /* NULL: not given */
	uint64_t baud;
	bool hangup; /* drop DTR at the end */
};
extern const struct option_spec port_specs[]; /* --port, --baud, --hangup */

#endif
