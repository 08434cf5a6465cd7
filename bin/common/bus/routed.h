/* routed.h - what routers write into a message's headers: where it has been (`framebus_via`:
 * AGENT/ROUTER, the agent under whose key it came there, with blanks between them), and how many
 * messages of its sequence before it they have dropped on purpose (`framebus_dropped`). Everything
 * else in the headers is passed over by its length, however deep it is; nothing is allocated. */
#ifndef ROUTED_H
#define ROUTED_H

#include <amqp.h>
#include <stdbool.h>
#include <stdint.h>

#define ROUTED_VIA     "framebus_via"
#define ROUTED_DROPPED "framebus_dropped"

enum { ROUTED_VIA_SIZE = 512 };

struct routed {
	char via[ROUTED_VIA_SIZE]; /* "": it has passed no router */
	bool via_full; /* it says that it has been at more places than there is room for */
	uint64_t dropped;
};

/* table: the headers without their length; empty where there are none. What is no text or number,
 * or is cut short, says nothing. */
void routed_read(struct routed *r, amqp_bytes_t table);

enum { ROUTED_ENTRIES = 2 };
/* entries: ROUTED_ENTRIES of them, valid as long as via. via "" and dropped 0: none is written.
 * Returns how many were. */
int routed_write(amqp_table_entry_t *entries, const char *via, uint64_t dropped);

#endif
