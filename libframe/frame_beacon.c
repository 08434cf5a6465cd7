/* frame_beacon.c - the MAC payload of a beacon of version 0 or 1: superframe, GTS, pending
 * addresses (7.3.1). */
#include "frame.h"

#include <string.h>

#include "frame_fault.h"
#include "frame_octets.h"

struct cursor {
	struct frame_beacon *b;
	const uint8_t *octets;
	size_t at, end;
	struct frame_fault *fault; /* may be NULL */
};

/* Moves over n octets. NULL where there are fewer. */
static const uint8_t *next(struct cursor *c, size_t n, const char *field)
{
	const uint8_t *p = c->octets + c->at;

	if (c->end - c->at < n) {
		set_fault(c->fault, FRAME_ETRUNCATED, c->at, field);
		return NULL;
	}
	c->at += n;
	return p;
}

static int parse_superframe(struct cursor *c)
{
	const uint8_t *p = next(c, 2, "7.3.1.4 Superframe Specification field");
	struct frame_beacon *b = c->b;

	if (!p)
		return FRAME_ETRUNCATED;
	b->beacon_order = p[0] & 0xf;
	b->superframe_order = p[0] >> 4;
	b->final_cap_slot = p[1] & 0xf;
	b->battery_life_extension = p[1] & 0x10;
	b->pan_coordinator = p[1] & 0x40;
	b->association_permit = p[1] & 0x80;
	return FRAME_OK;
}

static int parse_gts(struct cursor *c)
{
	static const char field[] = "7.3.1.5 GTS Info field";
	const uint8_t *p = next(c, 1, field);
	unsigned count, directions;

	if (!p)
		return FRAME_ETRUNCATED;
	c->b->gts_permit = p[0] & 0x80;
	count = p[0] & 7;
	if (!count)
		return FRAME_OK;
	p = next(c, 1, field);
	directions = p ? p[0] : 0;
	for (unsigned i = 0; i < count; i++) {
		p = p ? next(c, 3, field) : NULL;
		if (!p)
			return FRAME_ETRUNCATED;
		c->b->gts[c->b->gts_count++] =
			(struct frame_gts){get_le16(p), p[2] & 0xf, p[2] >> 4, directions >> i & 1};
	}
	return FRAME_OK;
}

static int parse_pending(struct cursor *c)
{
	static const char field[] = "7.3.1.6 Pending Address field";
	const uint8_t *p = next(c, 1, field);
	unsigned counts;

	if (!p)
		return FRAME_ETRUNCATED;
	for (counts = p[0]; c->b->short_count < (counts & 7);) {
		p = next(c, 2, field);
		if (!p)
			return FRAME_ETRUNCATED;
		c->b->short_addresses[c->b->short_count++] = get_le16(p);
	}
	while (c->b->extended_count < (counts >> 4 & 7)) {
		p = next(c, 8, field);
		if (!p)
			return FRAME_ETRUNCATED;
		c->b->extended_addresses[c->b->extended_count++] = get_le64(p);
	}
	return FRAME_OK;
}

int frame_beacon_parse(struct frame_beacon *b, const uint8_t *octets, size_t length,
                       struct frame_fault *fault)
{
	size_t end = length < FRAME_OCTETS_MAX ? length : FRAME_OCTETS_MAX;
	struct cursor c = {b, octets, 0, end, fault};
	int error;

	memset(b, 0, sizeof *b);
	clear_fault(fault);
	error = parse_superframe(&c);
	if (!error)
		error = parse_gts(&c);
	if (!error)
		error = parse_pending(&c);
	if (error)
		return error;
	b->payload = (struct frame_span){(uint16_t)c.at, (uint16_t)(c.end - c.at)};
	return (int)c.at;
}

static bool fits(const struct frame_beacon *b)
{
	for (unsigned i = 0; i < b->gts_count && i < FRAME_BEACON_LIST_MAX; i++)
		if (b->gts[i].slot > 0xf || b->gts[i].length > 0xf)
			return false;
	return b->beacon_order <= 0xf && b->superframe_order <= 0xf && b->final_cap_slot <= 0xf &&
	       b->gts_count <= FRAME_BEACON_LIST_MAX && b->short_count <= FRAME_BEACON_LIST_MAX &&
	       b->extended_count <= FRAME_BEACON_LIST_MAX;
}

static uint8_t *put_gts(uint8_t *p, const struct frame_beacon *b)
{
	unsigned directions = 0;

	*p++ = (uint8_t)(b->gts_count | b->gts_permit << 7);
	if (!b->gts_count)
		return p;
	for (unsigned i = 0; i < b->gts_count; i++)
		directions |= (unsigned)b->gts[i].receive << i;
	*p++ = (uint8_t)directions;
	for (unsigned i = 0; i < b->gts_count; i++) {
		p = put_le(p, b->gts[i].address, 2);
		*p++ = (uint8_t)(b->gts[i].slot | b->gts[i].length << 4);
	}
	return p;
}

static uint8_t *put_pending(uint8_t *p, const struct frame_beacon *b)
{
	*p++ = (uint8_t)(b->short_count | b->extended_count << 4);
	for (unsigned i = 0; i < b->short_count; i++)
		p = put_le(p, b->short_addresses[i], 2);
	for (unsigned i = 0; i < b->extended_count; i++)
		p = put_le(p, b->extended_addresses[i], 8);
	return p;
}

int frame_beacon_build(uint8_t *out, size_t size, const struct frame_beacon *b,
                       const uint8_t *octets)
{
	uint8_t fields[2 + 2 + 3 * FRAME_BEACON_LIST_MAX + 1 + (2 + 8) * FRAME_BEACON_LIST_MAX],
		*p = fields;
	size_t length;

	if (!fits(b))
		return FRAME_EFIELD;
	*p++ = (uint8_t)(b->beacon_order | b->superframe_order << 4);
	*p++ = (uint8_t)(b->final_cap_slot | b->battery_life_extension << 4 |
	                 b->pan_coordinator << 6 | b->association_permit << 7);
	p = put_pending(put_gts(p, b), b);
	length = (size_t)(p - fields);
	if (size < length + b->payload.length)
		return FRAME_ESPACE;
	memcpy(out, fields, length);
	if (b->payload.length)
		memcpy(out + length, octets + b->payload.offset, b->payload.length);
	return (int)(length + b->payload.length);
}
