/* extcap.h - what Wireshark asks before it captures: interfaces, link types, options. Speaks to no
 * broker. */
#ifndef EXTCAP_H
#define EXTCAP_H

#include <stdbool.h>

struct extcap_options {
	bool interfaces, dlts, config, capture;
	const char *interface, *fifo;
};

/* Whether a question was asked; then it has been answered on standard output. */
bool extcap_answer(const struct extcap_options *o);

#endif
