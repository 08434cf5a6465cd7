/* fragment.h - an IPv4 packet that is longer than an MTU, in fragments (RFC 791 3.2). Never reads
 * past the length given, never changes the packet. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope.h"

enum { FRAGMENT_MTU_MIN = 68, FRAGMENT_HEADER_MAX = 60 };

struct fragmenter { /* private */
	const uint8_t *packet;
	size_t length, header, at, step;
	size_t first, rest; /* octets of header of the first fragment, and of the others */
	uint8_t headers[2][FRAGMENT_HEADER_MAX];
};

/* False: it may not be fragmented (IPv6, DF), or its header is not one, or the MTU is under
 * FRAGMENT_MTU_MIN. The packet must outlive the fragmenter. */
bool fragmenter_init(struct fragmenter *f, const uint8_t *packet, size_t length, size_t mtu);
/* Octets of the next fragment in out, which holds the MTU; 0: there are no more. */
size_t fragmenter_next(struct fragmenter *f, uint8_t *out);

#endif
