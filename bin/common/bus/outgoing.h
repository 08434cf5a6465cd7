/* outgoing.h - one message onto the wire, with the properties that every message of ours has, and
 * when what was written leaves this host. */
#ifndef OUTGOING_H
#define OUTGOING_H

#include "bus/session.h"
#include "bus/store.h"

struct outgoing {
	struct session *session;
	unsigned sends; /* since the last outgoing_flush */
	uint64_t tag;   /* the last delivery tag of this connection */
};

/* How a message is sent. */
struct outgoing_way {
	bool persistent, mandatory; /* mandatory: it comes back where no queue wants it */
	uint64_t expiration_ms;     /* 0: never */
	const char *copy_of;        /* NULL: no copy */
};
/* False: the connection is gone. Waits while the peer's window is full. */
bool outgoing_send(struct outgoing *o, const struct kept_message *m,
                   const struct outgoing_way *way);
/* What waits in the kernel to share a segment with more leaves now. */
void outgoing_flush(struct outgoing *o);
/* The connection is another one. */
void outgoing_reset(struct outgoing *o);

#endif
