/* spinel.h - the words of spinel that a radio co-processor (RCP) knows, and its numbers. For
 * firmware_spinel*.c alone. */
#ifndef SPINEL_H
#define SPINEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spinel_command { SPINEL_RESET = 1, SPINEL_GET = 2, SPINEL_SET = 3, SPINEL_IS = 6 };

enum spinel_property {
	SPINEL_LAST_STATUS = 0x00,
	SPINEL_PROTOCOL_VERSION = 0x01,
	SPINEL_NCP_VERSION = 0x02,
	SPINEL_PHY_ENABLED = 0x20,
	SPINEL_PHY_CHAN = 0x21,
	SPINEL_PHY_CHAN_SUPPORTED = 0x22,
	SPINEL_LADDR = 0x34,
	SPINEL_SADDR = 0x35,
	SPINEL_PANID = 0x36,
	SPINEL_RAW_STREAM_ENABLED = 0x37,
	SPINEL_FILTER_MODE = 0x38,
	SPINEL_STREAM_DEBUG = 0x70,
	SPINEL_STREAM_RAW = 0x71,
	SPINEL_STREAM_LOG = 0x74,
};

enum spinel_status {
	SPINEL_OK = 0,
	SPINEL_INVALID_STATE = 4, /* another frame is on its way, or the radio is off */
	SPINEL_INVALID_INTERFACE = 6,
	SPINEL_IN_PROGRESS = 10,
	SPINEL_NO_MEMORY = 11,
	SPINEL_BUSY = 12,
	SPINEL_DROPPED = 14,
	SPINEL_NO_ACK = 17,
	SPINEL_CCA_FAILURE = 18,
	SPINEL_RESET_FIRST = 112, /* the reasons of a reset */
	SPINEL_RESET_LAST = 127,
};

enum spinel_filter { SPINEL_FILTER_ADDRESSES = 0, SPINEL_FILTER_NOTHING = 2 };

enum { SPINEL_HEADER = 0x80, SPINEL_HEADER_MASK = 0xc0, SPINEL_MAJOR = 4 };
enum { SPINEL_INTERFACES = 4, SPINEL_INTERFACE_SHIFT = 4 }; /* a radio has one or several */
enum { SPINEL_STACK_RESET = 2 };                            /* what newer builds want RESET with */

/* Octets that are read from the front: a number that is not there makes it bad, and is 0. */
struct spinel_reader {
	const uint8_t *at, *end;
	bool bad;
};

static inline size_t spinel_left(const struct spinel_reader *r)
{
	return (size_t)(r->end - r->at);
}

/* Low octet first; size 1 to 8. */
uint64_t spinel_number(struct spinel_reader *r, size_t size);
/* 7 bits an octet, low ones first, the top bit set where more follow; at most 3 octets. */
uint32_t spinel_packed(struct spinel_reader *r);
/* A length of 16 bits, and as many octets. */
struct spinel_reader spinel_data(struct spinel_reader *r);

#endif
