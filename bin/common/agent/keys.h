/* keys.h - the routing keys that an agent publishes under, and those that lead to its queues, in
 * every version of the API that has them. Never binds anything: a consumer does, on each
 * connection. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

#include "base/words.h"
#include "bus/queue.h"
#include "envelope.h"

/* The key that a message is published under. peer: "" or whom alone it is for. 0, or -1 with
 * why. */
int keys_write(char out[ENVELOPE_KEY_MAX + 1], enum envelope_kind kind, enum envelope_api api,
               enum envelope_direction direction, const char *name, const char *peer,
               struct why *why);

/* What leads to one queue; grows as it has to. */
struct keys {            /* all zero: empty */
	char **patterns; /* NULL-terminated, no two the same; NULL: none yet */
	size_t count;
	/* private */
	size_t room;
	bool failed;
	struct why why;
};

/* In every API that has such a message. What cannot be added is told by keys_check, so that none is
 * missing unnoticed. */
void keys_add(struct keys *k, enum envelope_kind kind, enum envelope_direction direction,
              const char *name, const char *peer);
/* Of what controls or announces an agent: in API v0 only where that is asked for. Everybody may
 * publish under control.session there, and `terminate` stands under it. */
void keys_add_control(struct keys *k, enum envelope_api api, enum envelope_kind kind,
                      enum envelope_direction direction, const char *name);

/* One that is published under, where this API has such a message. */
void keys_add_published(struct keys *k, enum envelope_api api, enum envelope_kind kind,
                        enum envelope_direction direction, const char *name);

/* What an agent listens to: packets of its peers, or of a router where it has none; and what
 * controls it. */
struct keys_agent {
	const char *name;
	enum envelope_api api;                     /* of what controls it: v1, or both */
	enum envelope_kind packet, start, started; /* its device's messages */
	const char *const *peers;
	size_t peer_count;
};
void keys_add_agent(struct keys *data, struct keys *control, const struct keys_agent *a);

/* 0, or -1 with why: a key is too long, or there was no memory. */
int keys_check(const struct keys *k, struct why *why);
/* What it holds; k is empty then. */
void keys_free(struct keys *k);
/* The queue "framebus.NAME.DEVICE" that they lead to; k must outlive the consumer. 0, or -1 with
 * why: a key is too long, or there was no memory. */
int keys_queue(struct bus_queue *queue, const struct keys *k, enum bus_queue_kind kind,
               const char *name, const char *device, struct why *why);

#endif
