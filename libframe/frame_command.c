/* frame_command.c - the MAC payload of a command frame (7.5). */
#include "frame.h"

#include <string.h>

#include "frame_fault.h"
#include "frame_octets.h"

enum { FIELDS_MAX = 1 + 8 };

static int parse_association_response(struct frame_command *c, const uint8_t *p)
{
	c->address = get_le16(p);
	c->status = p[2];
	return 3;
}

static int parse_realignment(struct frame_command *c, const uint8_t *p, size_t length)
{
	c->pan = get_le16(p);
	c->coordinator = get_le16(p + 2);
	c->channel = p[4];
	c->address = get_le16(p + 5);
	c->has_page = length > 7;
	c->page = c->has_page ? p[7] : 0;
	return c->has_page ? 8 : 7;
}

static int parse_gts_request(struct frame_command *c, const uint8_t *p)
{
	c->gts_length = p[0] & 0xf;
	c->gts_receive = p[0] & 0x10;
	c->gts_allocate = p[0] & 0x20;
	return 1;
}

/* The octets that a command has at least after its ID, and the field or command that has them. */
static size_t least_length(unsigned id, const char **field)
{
	switch (id) {
	case FRAME_ASSOCIATION_REQUEST:
		*field = "7.5.2 Association Request command: Capability Information field";
		return 1;
	case FRAME_ASSOCIATION_RESPONSE:
		*field = "7.5.3 Association Response command";
		return 3;
	case FRAME_DISASSOCIATION_NOTIFICATION:
		*field = "7.5.4 Disassociation Notification command: Disassociation Reason field";
		return 1;
	case FRAME_COORDINATOR_REALIGNMENT:
		*field = "7.5.10 Coordinator Realignment command";
		return 7;
	case FRAME_GTS_REQUEST:
		*field = "7.5.11 GTS Request command: GTS Characteristics field";
		return 1;
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		*field = "7.5 Vendor Specific command: Vendor OUI field";
		return 3;
	}
	return 0;
}

/* Returns the octets that the known fields take. */
static int parse_fields(struct frame_command *c, const uint8_t *p, size_t length)
{
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		c->capability = p[0];
		return 1;
	case FRAME_ASSOCIATION_RESPONSE:
		return parse_association_response(c, p);
	case FRAME_DISASSOCIATION_NOTIFICATION:
		c->status = p[0];
		return 1;
	case FRAME_COORDINATOR_REALIGNMENT:
		return parse_realignment(c, p, length);
	case FRAME_GTS_REQUEST:
		return parse_gts_request(c, p);
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		c->vendor = get_le24(p);
		return 3;
	}
	return 0;
}

int frame_command_parse(struct frame_command *c, const uint8_t *octets, size_t length,
                        struct frame_fault *fault)
{
	const char *field = NULL;
	int at;

	memset(c, 0, sizeof *c);
	if (length > FRAME_OCTETS_MAX)
		length = FRAME_OCTETS_MAX;
	if (!length)
		return set_fault(fault, FRAME_ETRUNCATED, 0, "7.5.1 Command ID field");
	c->id = octets[0];
	if (length - 1 < least_length(c->id, &field))
		return set_fault(fault, FRAME_ETRUNCATED, length, field);
	clear_fault(fault);
	at = 1 + parse_fields(c, octets + 1, length - 1);
	c->content = (struct frame_span){(uint16_t)at, (uint16_t)(length - (size_t)at)};
	return at;
}

static uint8_t *put_realignment(uint8_t *p, const struct frame_command *c)
{
	p = put_le(p, c->pan, 2);
	p = put_le(p, c->coordinator, 2);
	p = put_le(p, c->channel, 1);
	p = put_le(p, c->address, 2);
	return put_le(p, c->page, c->has_page ? 1 : 0);
}

static uint8_t *put_fields(uint8_t *p, const struct frame_command *c)
{
	*p++ = c->id;
	switch (c->id) {
	case FRAME_ASSOCIATION_REQUEST:
		return put_le(p, c->capability, 1);
	case FRAME_ASSOCIATION_RESPONSE:
		return put_le(put_le(p, c->address, 2), c->status, 1);
	case FRAME_DISASSOCIATION_NOTIFICATION:
		return put_le(p, c->status, 1);
	case FRAME_COORDINATOR_REALIGNMENT:
		return put_realignment(p, c);
	case FRAME_GTS_REQUEST:
		return put_le(
			p, (unsigned)(c->gts_length | c->gts_receive << 4 | c->gts_allocate << 5),
			1);
	case FRAME_VENDOR_SPECIFIC_COMMAND:
		return put_le(p, c->vendor, 3);
	}
	return p;
}

static bool fits(const struct frame_command *c)
{
	bool realignment = c->id == FRAME_COORDINATOR_REALIGNMENT;

	return c->gts_length <= 0xf && c->vendor <= 0xffffff && (c->has_page || !c->page) &&
	       (c->has_page || !realignment ||
	        !c->content.length); /* else it would be parsed as the page */
}

int frame_command_build(uint8_t *out, size_t size, const struct frame_command *c,
                        const uint8_t *octets)
{
	uint8_t fields[FIELDS_MAX];
	size_t length;

	if (!fits(c))
		return FRAME_EFIELD;
	length = (size_t)(put_fields(fields, c) - fields);
	if (size < length + c->content.length)
		return FRAME_ESPACE;
	memcpy(out, fields, length);
	if (c->content.length)
		memcpy(out + length, octets + c->content.offset, c->content.length);
	return (int)(length + c->content.length);
}
