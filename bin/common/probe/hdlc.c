#include "probe/hdlc.h"

#include <stdbool.h>

enum { IN_FRAME, ESCAPED, DISCARDING };
enum { FCS_START = 0xffff, FCS_RIGHT = 0xf0b8 };

/* Polynomial 0x8408, four bits at a time. */
static uint16_t fcs_add(uint16_t fcs, uint8_t octet)
{
	static const uint16_t table[16] = {0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285,
	                                   0x6306, 0x7387, 0x8408, 0x9489, 0xa50a, 0xb58b,
	                                   0xc60c, 0xd68d, 0xe70e, 0xf78f};

	fcs = (uint16_t)(fcs >> 4 ^ table[(fcs ^ octet) & 15]);
	return (uint16_t)(fcs >> 4 ^ table[(fcs ^ octet >> 4) & 15]);
}

uint16_t hdlc_fcs(const uint8_t *octets, size_t length)
{
	uint16_t fcs = FCS_START;

	for (size_t i = 0; i < length; i++)
		fcs = fcs_add(fcs, octets[i]);
	return (uint16_t)~fcs;
}

/* --- decoding --- */

static void begin(struct hdlc_decoder *d)
{
	d->length = 0;
	d->fcs = FCS_START;
	d->state = IN_FRAME;
}

void hdlc_decoder_init(struct hdlc_decoder *d, uint8_t *frame, size_t size)
{
	*d = (struct hdlc_decoder){.frame = frame, .size = size};
	begin(d);
}

static enum hdlc_event end_frame(struct hdlc_decoder *d)
{
	bool right = d->length >= HDLC_FCS_SIZE && d->fcs == FCS_RIGHT;
	enum hdlc_event event = d->state == DISCARDING || (!d->length && d->state == IN_FRAME)
	                                ? HDLC_MORE
	                        : d->state == ESCAPED ? HDLC_ABORTED
	                        : right               ? HDLC_FRAME
	                                              : HDLC_BAD_FCS;

	d->counters.frames += event == HDLC_FRAME;
	d->counters.bad_fcs += event == HDLC_BAD_FCS;
	d->counters.aborted += event == HDLC_ABORTED;
	d->length -= event == HDLC_FRAME ? HDLC_FCS_SIZE : 0;
	return event;
}

/* HDLC_OVERLONG, or HDLC_MORE. */
static enum hdlc_event add(struct hdlc_decoder *d, uint8_t octet)
{
	if (d->length == d->size) {
		d->state = DISCARDING;
		d->counters.overlong++;
		return HDLC_OVERLONG;
	}
	d->frame[d->length++] = octet;
	d->fcs = fcs_add(d->fcs, octet);
	d->state = IN_FRAME;
	return HDLC_MORE;
}

enum { ENDED = DISCARDING + 1 };

static enum hdlc_event read_octet(struct hdlc_decoder *d, uint8_t octet)
{
	if (octet == HDLC_FLAG) {
		enum hdlc_event event = end_frame(d);

		d->state = ENDED;
		return event;
	}
	if (d->state == DISCARDING)
		return HDLC_MORE;
	if (d->state == ESCAPED)
		return add(d, octet ^ HDLC_FLIP);
	if (octet != HDLC_ESCAPE)
		return add(d, octet);
	d->state = ESCAPED;
	return HDLC_MORE;
}

size_t hdlc_decode(struct hdlc_decoder *d, const uint8_t *in, size_t n, enum hdlc_event *event)
{
	size_t used = 0;

	*event = HDLC_MORE;
	while (used < n && *event == HDLC_MORE) {
		/* The frame before was the caller's until now. */
		if (d->state == ENDED)
			begin(d);
		*event = read_octet(d, in[used++]);
	}
	d->counters.octets += used;
	return used;
}

size_t hdlc_decoder_finish(struct hdlc_decoder *d)
{
	size_t held = d->state == IN_FRAME ? d->length : d->state == ESCAPED ? d->length + 1 : 0;

	d->counters.unfinished += held > 0;
	begin(d);
	return held;
}

/* --- encoding --- */

static bool needs_escape(uint8_t octet)
{
	switch (octet) {
	case HDLC_FLAG:
	case HDLC_ESCAPE:
	case 0x11: /* XON */
	case 0x13: /* XOFF */
	case 0xf8: /* a vendor's own flag */
		return true;
	default:
		return false;
	}
}

static size_t put(uint8_t *out, size_t at, uint8_t octet)
{
	if (needs_escape(octet)) {
		out[at++] = HDLC_ESCAPE;
		octet ^= HDLC_FLIP;
	}
	out[at] = octet;
	return at + 1;
}

static size_t encoded_size(const uint8_t *in, size_t n, uint16_t fcs)
{
	size_t size = 2 + HDLC_FCS_SIZE + n + needs_escape((uint8_t)fcs) +
	              needs_escape((uint8_t)(fcs >> 8));

	for (size_t i = 0; i < n; i++)
		size += needs_escape(in[i]);
	return size;
}

size_t hdlc_encode(uint8_t *out, size_t size, const uint8_t *in, size_t n)
{
	uint16_t fcs = hdlc_fcs(in, n);
	size_t at = 1;

	if (size < encoded_size(in, n, fcs))
		return 0;
	out[0] = HDLC_FLAG;
	for (size_t i = 0; i < n; i++)
		at = put(out, at, in[i]);
	at = put(out, at, (uint8_t)fcs);
	at = put(out, at, (uint8_t)(fcs >> 8));
	out[at] = HDLC_FLAG;
	return at + 1;
}
