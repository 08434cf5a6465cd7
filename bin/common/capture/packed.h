/* packed.h - files that are compressed, by how they begin: what they are called, and what unpacks
 * them. Unpacks nothing. */
#ifndef CAPTURE_PACKED_H
#define CAPTURE_PACKED_H

#include <stddef.h>
#include <stdint.h>

struct packed {
	const char *magic;
	size_t length;
	const char *name;    /* "gzip" */
	const char *command; /* "zcat FILE": writes what is in it to standard output */
};

/* NULL: it begins like none that is known. Static. */
const struct packed *packed_find(const uint8_t *octets, size_t n);

#endif
