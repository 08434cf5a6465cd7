/* impaired.h - the copies of a direction on which something is done on purpose: dropped, held back,
 * published twice, changed. Between forward.c, which publishes, and impair.h, which decides. */
#ifndef IMPAIRED_H
#define IMPAIRED_H

#include "bus/routed.h"
#include "route.h"

/* A message under way through the router. */
struct passing {
	const struct bus_message *m;
	struct envelope_key key;
	bool kept;
	unsigned sequence; /* of its agent: which, below ROUTE_SEQUENCES */
	char via[ROUTED_VIA_SIZE];
	const uint8_t *body;
	size_t length;
	uint64_t entry; /* kept: its receipt */
};

/* An agent's directions begin anew, with the seed. */
void impaired_begin(struct route *r, unsigned from);
/* A copy that is on its way in a direction of which links_… says that something is done. */
void impaired_forward(struct route *r, const struct passing *p, const struct forward *f);
/* routing.lossy.link.start: true: the message is one of those that are dropped, for all. */
bool impaired_is_lost(struct route *r, const struct passing *p, unsigned from);

#endif
