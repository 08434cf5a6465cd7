#include "probe/stand_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum { NO_ADDRESS = 0xfffe, BROADCAST = 0xffff };

/* --- the option --- */

/* One part of the option, up to its end; false: it is no such number. */
static bool read_part(const char *part, size_t length, unsigned digits, bool *has, uint64_t *value)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	*has = length > 0;
	*value = 0;
	if (length > digits || strspn(part, hex) < length)
		return false;
	if (length)
		*value = strtoull(part, NULL, 16);
	return true;
}

int stand_in_read(void *stand_in, const char *value, struct why *why)
{
	struct stand_in s = {.fixed = true};
	const char *second = strchr(value, '/');
	const char *third = second ? strchr(second + 1, '/') : NULL;
	uint64_t pan, address;

	if (!third || strlen(third) > 17)
		return why_set(why, "must be PAN/SHORT/EXTENDED in hex, such as "
		                    "abcd/0001/00124b0001020304; parts may be empty");
	if (!read_part(value, (size_t)(second - value), 4, &s.has_pan, &pan) ||
	    !read_part(second + 1, (size_t)(third - second - 1), 4, &s.has_short, &address) ||
	    !read_part(third + 1, strlen(third + 1), 16, &s.has_extended, &s.extended))
		return why_set(why, "must have up to 4, 4 and 16 hex digits between the slashes");
	if (!stand_in_is_known(&s))
		return why_set(why, "has neither a short nor an extended address");
	s.pan = (uint16_t)pan;
	s.short_address = (uint16_t)address;
	*(struct stand_in *)stand_in = s;
	return 0;
}

/* --- learned --- */

static bool learn_address(struct stand_in *s, const struct frame_address *source, bool *other)
{
	bool is_short = source->mode == FRAME_ADDRESS_SHORT;
	bool *has = is_short ? &s->has_short : &s->has_extended;
	uint64_t known = is_short ? s->short_address : s->extended;

	if (is_short && source->value >= NO_ADDRESS)
		return false;
	*other = *has && known != source->value;
	if (*has)
		return false;
	*has = true;
	if (is_short)
		s->short_address = (uint16_t)source->value;
	else
		s->extended = source->value;
	return true;
}

/* A device that joins has no PAN ID of its own yet, but says whose it wants. */
static bool learn_pan(struct stand_in *s, const struct frame *f)
{
	bool has = f->source.has_pan && f->source.pan != BROADCAST;
	uint16_t pan = has ? f->source.pan : f->destination.pan;

	if ((!has && !f->destination.has_pan) || pan == BROADCAST || (s->has_pan && s->pan == pan))
		return false;
	s->has_pan = true;
	s->pan = pan;
	return true;
}

enum stand_in_news stand_in_learn(struct stand_in *s, const uint8_t *frame, size_t length)
{
	struct frame f;
	bool other = false;

	if (s->fixed || frame_parse(&f, frame, length, FRAME_RECEIVER, NULL) < 0)
		return STAND_IN_KNOWN;
	if (f.source.mode != FRAME_ADDRESS_SHORT && f.source.mode != FRAME_ADDRESS_EXTENDED)
		return STAND_IN_KNOWN;
	bool learned = learn_address(s, &f.source, &other);
	if (other)
		return STAND_IN_OTHER;
	return learn_pan(s, &f) || learned ? STAND_IN_LEARNED : STAND_IN_KNOWN;
}
