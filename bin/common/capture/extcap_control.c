#include "capture/extcap_control.h"

#include <string.h>

enum { SYNC = 'T', BEFORE_LENGTH = 4, LENGTH_MIN = 2, LENGTH_MAX = LENGTH_MIN + 65535 };

/* Of what follows the length. */
static size_t length_of(const uint8_t *octets)
{
	return (size_t)octets[1] << 16 | (size_t)octets[2] << 8 | octets[3];
}

/* Octets that begin no message: the next one may begin among them. */
static void drop_to_next(struct extcap_control_reader *r)
{
	const uint8_t *next = r->have > 1 ? memchr(r->octets + 1, SYNC, r->have - 1) : NULL;
	size_t dropped = next ? (size_t)(next - r->octets) : r->have;

	r->outside += dropped;
	r->have -= dropped;
	memmove(r->octets, r->octets + dropped, r->have);
}

static bool is_beginning(const struct extcap_control_reader *r)
{
	if (r->octets[0] != SYNC)
		return false;
	if (r->have < BEFORE_LENGTH)
		return true;
	size_t length = length_of(r->octets);
	return length >= LENGTH_MIN && length <= LENGTH_MAX;
}

/* What is needed to tell more: the length, then the rest. */
static size_t wanted(const struct extcap_control_reader *r)
{
	if (r->have < BEFORE_LENGTH)
		return BEFORE_LENGTH;
	size_t whole = BEFORE_LENGTH + length_of(r->octets);
	return whole > EXTCAP_CONTROL_MAX ? BEFORE_LENGTH : whole;
}

static bool is_too_long(const struct extcap_control_reader *r)
{
	return r->have == BEFORE_LENGTH &&
	       BEFORE_LENGTH + length_of(r->octets) > EXTCAP_CONTROL_MAX;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void give(struct extcap_control_reader *r, struct extcap_message *m)
{
	*m = (struct extcap_message){.control = r->octets[4],
	                             .command = r->octets[5],
	                             .payload = r->octets + EXTCAP_CONTROL_HEADER,
	                             .length = r->have - EXTCAP_CONTROL_HEADER};
	r->given = true;
}

/* Copies what is missing; false: the input is used up. */
static bool fill(struct extcap_control_reader *r, const uint8_t *in, size_t n, size_t *used)
{
	size_t skipped = least(r->skip, n - *used);

	r->skip -= skipped;
	*used += skipped;
	while (r->have < wanted(r) && *used < n) {
		r->octets[r->have++] = in[(*used)++];
		while (r->have && !is_beginning(r))
			drop_to_next(r);
	}
	return r->have > 0 && r->have >= wanted(r);
}

bool extcap_control_read(struct extcap_control_reader *r, const uint8_t *in, size_t n, size_t *used,
                         struct extcap_message *m)
{
	*used = 0;
	if (r->given)
		r->have = 0;
	r->given = false;
	while (fill(r, in, n, used)) {
		if (!is_too_long(r)) {
			give(r, m);
			return true;
		}
		r->skip = length_of(r->octets);
		r->have = 0;
		r->unread++;
	}
	return false;
}

size_t extcap_control_write(uint8_t out[EXTCAP_CONTROL_MAX], unsigned control,
                            enum extcap_command command, const char *payload, size_t length)
{
	length = least(length, EXTCAP_CONTROL_PAYLOAD);
	size_t follows = LENGTH_MIN + length;

	out[0] = SYNC;
	out[1] = (uint8_t)(follows >> 16);
	out[2] = (uint8_t)(follows >> 8);
	out[3] = (uint8_t)follows;
	out[4] = (uint8_t)control;
	out[5] = (uint8_t)command;
	if (length)
		memcpy(out + EXTCAP_CONTROL_HEADER, payload, length);
	return EXTCAP_CONTROL_HEADER + length;
}
