/* management.h - asks the management API of the broker now and then who listens, and tells who.h.
 * In a thread of its own; what fails is said once, and asked again. */
#ifndef MANAGEMENT_H
#define MANAGEMENT_H

#include "base/loop.h"
#include "bus/settings.h"
#include "http.h"

struct management {
	struct http_server server;
	/* Its first node's virtual host, its exchange, and its login where the server has none. */
	const struct bus_settings *bus;
	double seconds; /* between two questions */
};

/* m: until the tool's end. */
struct worker management_worker(struct management *m);
/* --check of it. */
void management_check(const struct management *m);

#endif
