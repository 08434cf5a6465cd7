#include "probe/sensniff.h"

#include <string.h>

const uint8_t sensniff_magic[SENSNIFF_MAGIC] = {0xc1, 0x1f, 0xfe, 0x72};

static bool is_prefix(const uint8_t *octets, size_t n)
{
	return memcmp(octets, sensniff_magic, n < SENSNIFF_MAGIC ? n : SENSNIFF_MAGIC) == 0 &&
	       (n <= SENSNIFF_VERSION_AT || octets[SENSNIFF_VERSION_AT] == SENSNIFF_VERSION) &&
	       (n < SENSNIFF_HEADER ||
	        sensniff_length(octets) <= SENSNIFF_MESSAGE_MAX - SENSNIFF_HEADER);
}

/* Whether messages follow one another from octets[0..n) on, of which the last, begun, goes on
 * behind it. */
static bool is_chain(const uint8_t *octets, size_t n)
{
	while (n && is_prefix(octets, n)) {
		size_t size =
			n < SENSNIFF_HEADER ? SIZE_MAX : SENSNIFF_HEADER + sensniff_length(octets);

		if (size > n)
			return true;
		octets += size;
		n -= size;
	}
	return false;
}

bool sensniff_has_chain(const uint8_t *message, size_t size, size_t *follow)
{
	*follow = 0;
	for (size_t i = SENSNIFF_VERSION_AT; i < size; i++) {
		if (message[i] != sensniff_magic[0] || !is_chain(message + i, size - i))
			continue;
		if (size - i >= SENSNIFF_MAGIC)
			return true;
		*follow = size - i;
	}
	return false;
}

size_t sensniff_find_next(const uint8_t *message, size_t size)
{
	for (size_t i = SENSNIFF_VERSION_AT; i < size; i++)
		if (message[i] == sensniff_magic[0] && is_prefix(message + i, size - i))
			return i;
	return size;
}

/* Whether all of a message stands in octets[0..n) behind its beginning. */
static bool holds_message(const uint8_t *octets, size_t n)
{
	for (size_t i = SENSNIFF_VERSION_AT; i + SENSNIFF_HEADER <= n; i++)
		if (octets[i] == sensniff_magic[0] && is_prefix(octets + i, n - i) &&
		    SENSNIFF_HEADER + sensniff_length(octets + i) <= n - i)
			return true;
	return false;
}

bool sensniff_is_believable(const uint8_t *message, size_t size)
{
	const uint8_t *frame = message + SENSNIFF_HEADER;
	struct frame f;

	if (message[SENSNIFF_VERSION_AT] != SENSNIFF_VERSION ||
	    message[SENSNIFF_COMMAND_AT] != SENSNIFF_FRAME)
		return size <= SENSNIFF_HEADER + 1 || !holds_message(message, size);
	if (size <= SENSNIFF_HEADER + SENSNIFF_TI_SIZE || !(message[size - 1] & 0x80))
		return false;
	return !holds_message(message, size) ||
	       (frame_parse(&f, frame, size - SENSNIFF_HEADER - SENSNIFF_TI_SIZE, FRAME_STRICT,
	                    NULL) == 0 &&
	        f.type <= FRAME_COMMAND);
}
