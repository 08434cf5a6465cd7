/* connect.h - one attempt to connect, in a thread of its own: look-up, TCP, TLS, login, and what
 * the owner builds on the new connection. */
#ifndef CONNECT_H
#define CONNECT_H

#include "bus/link.h"
#include "bus/settings.h"

/* Of a peer's TCP, where there are no heartbeats: how long it may acknowledge nothing. */
enum { CONNECT_SILENCE_SECONDS = 20 };

struct connect_request { /* must stay valid until the tool ends: attempts may be abandoned */
	const struct bus_settings *settings;
	const char *agent; /* for the connection's name: "amqp-tun agent_1 uplink"; NULL: none */
	const char *direction;
	int socket_buffer;    /* SO_RCVBUF or SO_SNDBUF: the buffer that is bounded */
	size_t socket_octets; /* its bound; 0: the kernel's */
	/* Last, in the attempt's thread. 0, or -1 with failure. */
	int (*build)(const struct link *link, void *context, struct failure *failure);
	/* The broker has closed the channel, and says why. True: the owner has dealt with it, the
	 * connection goes on. In the owner's thread; NULL: never. */
	bool (*survive)(void *context, const char *why);
	void *context;
};

struct attempt;

/* event_fd is raised when the attempt has ended. NULL: no thread could be made. */
struct attempt *connect_start(const struct connect_request *request, const struct bus_node *node,
                              int event_fd, struct why *why);
/* False: still under way. True: it has ended and is gone; link->connection is NULL and failure set
 * where it failed. */
bool connect_finish(struct attempt *a, struct link *link, struct failure *failure);
/* Lets go of an attempt that may still be under way: it cleans up after itself. */
void connect_abandon(struct attempt *a);

#endif
