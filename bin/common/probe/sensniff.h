/* sensniff.h - the messages of sensniff, and which of them cannot be what they say. For
 * firmware_sensniff.c alone.
 *
 *     C1 1F FE 72 | version | command | length, high octet first | payload
 *
 * Lengths may lie, where octets were lost: a message in which further ones begin, one behind the
 * other, of which the last goes on beyond its end, is none. */
#ifndef SENSNIFF_H
#define SENSNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probe_frame.h"

enum {
	SENSNIFF_MAGIC = 4,
	SENSNIFF_VERSION_AT = SENSNIFF_MAGIC,
	SENSNIFF_COMMAND_AT = 5,
	SENSNIFF_LENGTH_1_AT = 5,
	SENSNIFF_LENGTH_AT = 6
};
enum { SENSNIFF_HEADER = 8, SENSNIFF_HEADER_1 = 6 };
enum {
	SENSNIFF_VERSION = 2,
	SENSNIFF_TI_SIZE = 2,
	SENSNIFF_MESSAGE_MAX = SENSNIFF_HEADER + PROBE_FRAME_MAX + SENSNIFF_TI_SIZE
};
enum {
	SENSNIFF_FRAME = 0x00,
	SENSNIFF_CHANNEL,
	SENSNIFF_LOWEST,
	SENSNIFF_HIGHEST,
	SENSNIFF_NOT_SUPPORTED = 0x7f,
	SENSNIFF_ASK = 0x80,
	SENSNIFF_SET = 0x84
};

extern const uint8_t sensniff_magic[SENSNIFF_MAGIC];

/* Of the payload; message has a whole header of version 2. */
static inline unsigned sensniff_length(const uint8_t *message)
{
	return (unsigned)message[SENSNIFF_LENGTH_AT] << 8 | message[SENSNIFF_LENGTH_AT + 1];
}

/* Whether messages begin in message[0..size), beyond its beginning and with all of the magic, that
 * go on behind its end; else *follow says how much of one there is at the end. */
bool sensniff_has_chain(const uint8_t *message, size_t size, size_t *follow);
/* Where in the message the next one may begin; size: nowhere. */
size_t sensniff_find_next(const uint8_t *message, size_t size);
/* False: its length cannot be right. Frames may hold what looks like a message; then they are
 * well-formed. */
bool sensniff_is_believable(const uint8_t *message, size_t size);

#endif
