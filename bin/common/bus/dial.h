/* dial.h - TCP and TLS to one of a host's addresses: the first that answers. Blocks: for a thread
 * of its own. */
#ifndef DIAL_H
#define DIAL_H

#include "bus/addresses.h"
#include "bus/link.h"
#include "bus/settings.h"

struct dial {
	const struct bus_node *node;
	struct addresses found; /* what is left to be tried */
	bool has_many;          /* ... of more than one: words name the address */
	unsigned chosen;        /* of them, which answered */
	bool is_silent;         /* ... and then said nothing */
};

/* link has its connection; its socket, and tls, are made. limit_ms: of TCP, which tries all, and of
 * TLS with the one that was chosen, of which the others have their share. 0, or -1 with why. */
int dial(struct dial *d, struct link *link, int64_t limit_ms, struct why *why);

#endif
