/* frame_parse_ie.c - where the lists of IEs end. */
#include "frame.h"

#include "frame_octets.h"
#include "frame_parse.h"

/* 7.4.2.1: the list ends with Header Termination 1 (payload IEs follow), 2 (payload follows), or
 * with the frame. */
static int parse_header_ies(struct frame_cursor *c, bool *payload_ies_follow)
{
	size_t start = c->at;
	int error = FRAME_OK;
	unsigned id = 0;

	*payload_ies_follow = false;
	while (remaining(c) && id != FRAME_IE_HT1 && id != FRAME_IE_HT2 && !error) {
		uint16_t word = remaining(c) < 2 ? 0 : get_le16(c->octets + c->at);
		size_t length = 2 + (word & 0x7f);

		id = word >> 7 & 0xff;
		if (word & 0x8000 || remaining(c) < length)
			error = frame_parse_fault(c, FRAME_EIE, c->at, "7.4.2.1 Header IE format");
		else
			c->at += length;
	}
	c->f->header_ies = span(start, c->at);
	*payload_ies_follow = id == FRAME_IE_HT1 && !error;
	return error;
}

/* 7.4.3.1: the list ends with Payload Termination or with the frame. */
static int parse_payload_ies(struct frame_cursor *c)
{
	size_t start = c->at;
	int error = FRAME_OK;
	unsigned group = 0;

	while (remaining(c) && group != FRAME_IE_TERMINATION && !error) {
		uint16_t word = remaining(c) < 2 ? 0 : get_le16(c->octets + c->at);
		size_t length = 2 + (word & 0x7ff);

		group = word >> 11 & 0xf;
		if (!(word & 0x8000) || remaining(c) < length)
			error = frame_parse_fault(c, FRAME_EIE, c->at, "7.4.3.1 Payload IE format");
		else
			c->at += length;
	}
	c->f->payload_ies = span(start, c->at);
	return error;
}

int frame_parse_ies(struct frame_cursor *c)
{
	bool payload_ies_follow;
	int error = parse_header_ies(c, &payload_ies_follow);

	c->f->header = span(0, c->at);
	if (!error && payload_ies_follow && !(c->f->security.level & 4))
		error = parse_payload_ies(c);
	return error;
}

static bool announces_payload_ies(const struct frame *f, const uint8_t *octets)
{
	size_t end = f->header_ies.offset + f->header_ies.length;

	return f->header_ies.length >= 2 &&
	       (get_le16(octets + end - 2) >> 7 & 0xff) == FRAME_IE_HT1;
}

int frame_parse_payload_ies(struct frame *f, const uint8_t *octets, struct frame_fault *fault)
{
	struct frame_cursor c = {f,
	                         octets,
	                         f->payload.offset,
	                         (size_t)f->payload.offset + f->payload.length,
	                         FRAME_RECEIVER,
	                         fault,
	                         NULL};
	int error = FRAME_OK;

	clear_fault(fault);
	if (announces_payload_ies(f, octets))
		error = parse_payload_ies(&c);
	f->payload = span(c.at, c.end);
	return error;
}
