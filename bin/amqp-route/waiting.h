/* waiting.h - copies of messages that are published later, by the time at which they are due; those
 * that are due at one time, in the order in which they came. Says how many octets it holds; who
 * adds them bounds that. */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One message to be published. Texts may be "". */
struct forward {
	const char *key, *content_type, *message_id, *via, *copy_of;
	uint64_t timestamp, dropped; /* bus_origin's */
	const uint8_t *body;
	size_t length;
	bool kept; /* its frame is acknowledged when the broker has the copy; else it is live */
	uint64_t entry;           /* kept: whose copy it is (receipts.h) */
	unsigned from, to, epoch; /* its direction, in the links of that time */
	unsigned sequence;        /* of its agent */
};

struct waiting { /* all zero: empty */
	struct waiting_item **heap;
	size_t count, room, octets;
	uint64_t sequence;
};

/* Copies it. False: no memory. due_ns: monotonic. */
bool waiting_add(struct waiting *w, const struct forward *f, int64_t due_ns);
/* The one that is due first; valid until it is removed. NULL: none. */
const struct forward *waiting_first(const struct waiting *w, int64_t *due_ns);
void waiting_remove_first(struct waiting *w);
void waiting_free(struct waiting *w);

#endif
