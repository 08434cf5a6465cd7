/* keys.h - the routing keys that lead to an agent's queue, in every version of the API that has
 * them. Never binds anything: a consumer does, on each connection. */
#ifndef KEYS_H
#define KEYS_H

#include "base/options.h"
#include "bus/queue.h"
#include "envelope.h"

enum { KEYS_MAX = 4 * OPTION_LIST_MAX + 16 };

struct keys {                               /* all zero: empty */
	const char *patterns[KEYS_MAX + 1]; /* NULL-terminated, allocated, no two the same */
	unsigned count;
};

/* Ends the tool where a name makes a key that is too long. peer: "" or whom alone it is for. */
void keys_add(struct keys *k, enum envelope_kind kind, enum envelope_direction direction,
              const char *name, const char *peer);
/* The queue "framebus.NAME.DEVICE" that they lead to. k must outlive the consumer. */
struct bus_queue keys_queue(const struct keys *k, enum bus_queue_kind kind, const char *name,
                            const char *device);

#endif
