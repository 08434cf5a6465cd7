/* addresses.h - a host's addresses, tried one after the other and overlapping (RFC 8305): one that
 * is dead costs a quarter of a second. Blocks: for a thread of its own. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <netdb.h>
#include <stdint.h>

#include "base/words.h"

enum {
	ADDRESSES_MAX = 32,
	ADDRESS_TEXT_SIZE = 64, /* an IPv6 address, '%', an interface, and a NUL */
};

struct addresses {
	const char *host;
	struct addrinfo *list;
	struct addrinfo *item[ADDRESSES_MAX]; /* in the order of trying: families alternate */
	unsigned count;                       /* at least one */
};

/* Looks the name up: 0, or -1 with why. No bound: the system's. */
int addresses_find(struct addresses *a, const char *host, int port, struct why *why);
/* One of several is tried no more. */
void addresses_drop(struct addresses *a, unsigned i);
void addresses_free(struct addresses *a);

/* The address as numbers. */
void addresses_name(const struct addresses *a, unsigned i, char text[ADDRESS_TEXT_SIZE]);

/* A socket that is connected to the first that answered within limit_ms, does not block and is the
 * caller's; winner: which. -1: none did, with every address and its reason. */
int addresses_connect(const struct addresses *a, int64_t limit_ms, unsigned *winner,
                      struct why *why);

#endif
