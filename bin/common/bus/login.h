/* login.h - AMQP's own beginning of a connection: from the protocol's header to connection.open-ok.
 * Written here, since the library's keeps whatever a broker sends meanwhile. */
#ifndef LOGIN_H
#define LOGIN_H

#include "bus/link.h"
#include "bus/settings.h"

struct login {
	const struct bus_node *node;
	const amqp_table_t *properties; /* what the broker is told of us */
	const char *password;           /* NULL: the certificate says who we are (EXTERNAL) */
};

/* link has its connection, socket and wire; heartbeat, frame_max, product and version are set. 0,
 * or -1 with failure. */
int login(struct link *link, const struct login *l, struct failure *failure);

#endif
