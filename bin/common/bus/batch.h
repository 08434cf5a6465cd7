/* batch.h - messages on their way to the disk, numbered one after the other, with copies of all
 * that they are. What is confirmed before it was written never gets there. Never holds more than
 * 128 KiB of them, or one that is longer. */
#ifndef BATCH_H
#define BATCH_H

#include "bus/store.h"

enum { BATCH_OCTETS = 128 << 10, BATCH_MESSAGES = 4096 };

struct batch {
	uint64_t first, end;     /* numbers: of the oldest, and the next that is given */
	uint64_t count, octets;  /* in it; octets as batch_cost says */
	struct kept_message **m; /* private */
};

/* The next number that it gives. -1: no memory. */
int batch_init(struct batch *b, uint64_t first);
void batch_free(struct batch *b);

/* What a message takes on the disk, at the most. */
uint64_t batch_cost(const struct kept_message *m);
bool batch_has_room(const struct batch *b, const struct kept_message *m);
/* Copies it, where there is room; its number, 0: no memory. */
uint64_t batch_add(struct batch *b, const struct kept_message *m);
/* False: it is not in the batch. */
bool batch_remove(struct batch *b, uint64_t number);
/* The first message behind that number, NULL: none. */
const struct kept_message *batch_next(const struct batch *b, uint64_t after);
/* All of it is on the disk. */
void batch_clear(struct batch *b);

#endif
