/* frame_build.c - the inverse of frame_parse. */
#include "frame.h"

#include <string.h>

#include "frame_layout.h"
#include "frame_octets.h"

#define HEADER_MAX                                                                                 \
	(2 + 1 + 20 + 14) /* FCF, sequence number, addressing fields, auxiliary security header */

static size_t address_length(unsigned mode)
{
	return mode == FRAME_ADDRESS_SHORT ? 2 : mode == FRAME_ADDRESS_EXTENDED ? 8 : 0;
}

static bool address_fits(const struct frame_address *a)
{
	size_t octets = address_length(a->mode);

	return a->mode <= FRAME_ADDRESS_EXTENDED && a->mode != FRAME_ADDRESS_RESERVED &&
	       (octets == 8 || a->value >> 8 * octets == 0) && (a->has_pan || a->pan == 0);
}

static bool security_fits(const struct frame *f)
{
	const struct frame_security *s = &f->security;
	bool is_2015 = f->version == 2 || f->type == FRAME_MULTIPURPOSE;
	size_t source = key_source_length(s->key_id_mode & 3);

	if (!f->security_enabled)
		return true;
	return s->level <= 7 && (s->level != 4 || !is_2015) && s->key_id_mode <= 3 &&
	       (is_2015 || f->version == 1) &&
	       (is_2015 || (!s->counter_suppressed && !s->asn_in_nonce)) &&
	       (!s->counter_suppressed || !s->counter) &&
	       (source == 8 || s->key_source >> 8 * source == 0) &&
	       (s->key_id_mode || !s->key_index);
}

static bool general_fits(const struct frame *f)
{
	unsigned layout;

	if (f->type > FRAME_COMMAND || f->version > 2 ||
	    (f->version < 2 && (!f->has_sequence || f->has_ies)))
		return false;
	layout = frame_layout(f->version, f->pan_id_compression, f->destination.mode,
	                      f->source.mode);
	return !(layout & LAYOUT_FORBIDDEN) &&
	       f->destination.has_pan == !!(layout & LAYOUT_DESTINATION_PAN) &&
	       f->source.has_pan == !!(layout & LAYOUT_SOURCE_PAN);
}

static bool multipurpose_fits(const struct frame *f)
{
	if (f->version || f->source.has_pan || f->pan_id_compression)
		return false;
	return f->long_fcf || (!f->destination.has_pan && !f->security_enabled && f->has_sequence &&
	                       !f->pending && !f->ack_request && !f->has_ies);
}

static bool fits(const struct frame *f)
{
	if (!address_fits(&f->destination) || !address_fits(&f->source) || !security_fits(f))
		return false;
	return f->type == FRAME_MULTIPURPOSE ? multipurpose_fits(f) : general_fits(f);
}

static uint8_t *put_general_fcf(uint8_t *p, const struct frame *f)
{
	unsigned fcf = f->type | (unsigned)f->destination.mode << 10 | (unsigned)f->version << 12 |
	               (unsigned)f->source.mode << 14;

	fcf |= f->security_enabled ? FCF_SECURITY : 0;
	fcf |= f->pending ? FCF_PENDING : 0;
	fcf |= f->ack_request ? FCF_ACK_REQUEST : 0;
	fcf |= f->pan_id_compression ? FCF_PAN_ID_COMPRESSION : 0;
	fcf |= f->has_sequence ? 0 : FCF_SEQUENCE_SUPPRESSED;
	fcf |= f->has_ies ? FCF_IE_PRESENT : 0;
	return put_le(p, fcf, 2);
}

static uint8_t *put_multipurpose_fcf(uint8_t *p, const struct frame *f)
{
	unsigned fcf = FRAME_MULTIPURPOSE | (unsigned)f->destination.mode << 4 |
	               (unsigned)f->source.mode << 6;

	if (!f->long_fcf)
		return put_le(p, fcf, 1);
	fcf |= MP_LONG;
	fcf |= f->destination.has_pan ? MP_PAN_ID_PRESENT : 0;
	fcf |= f->security_enabled ? MP_SECURITY : 0;
	fcf |= f->has_sequence ? 0 : MP_SEQUENCE_SUPPRESSED;
	fcf |= f->pending ? MP_PENDING : 0;
	fcf |= f->ack_request ? MP_ACK_REQUEST : 0;
	fcf |= f->has_ies ? MP_IE_PRESENT : 0;
	return put_le(p, fcf, 2);
}

static uint8_t *put_address(uint8_t *p, const struct frame_address *a)
{
	p = put_le(p, a->pan, a->has_pan ? 2 : 0);
	return put_le(p, a->value, address_length(a->mode));
}

static uint8_t *put_security(uint8_t *p, const struct frame_security *s)
{
	*p++ = (uint8_t)(s->level | s->key_id_mode << 3 | s->counter_suppressed << 5 |
	                 s->asn_in_nonce << 6);
	p = put_le(p, s->counter, s->counter_suppressed ? 0 : 4);
	p = put_le(p, s->key_source, key_source_length(s->key_id_mode));
	return put_le(p, s->key_index, s->key_id_mode ? 1 : 0);
}

static size_t put_header(uint8_t header[HEADER_MAX], const struct frame *f)
{
	uint8_t *p = f->type == FRAME_MULTIPURPOSE ? put_multipurpose_fcf(header, f)
	                                           : put_general_fcf(header, f);

	p = put_le(p, f->sequence, f->has_sequence ? 1 : 0);
	p = put_address(p, &f->destination);
	p = put_address(p, &f->source);
	if (f->security_enabled)
		p = put_security(p, &f->security);
	return (size_t)(p - header);
}

int frame_build_header(uint8_t *out, size_t size, const struct frame *f, const uint8_t *ies,
                       size_t ies_length)
{
	uint8_t header[HEADER_MAX];
	size_t length;

	if (!fits(f) || (ies_length && !f->has_ies) || ies_length > FRAME_OCTETS_MAX - HEADER_MAX)
		return FRAME_EFIELD;
	length = put_header(header, f);
	if (size < length + ies_length)
		return FRAME_ESPACE;
	memcpy(out, header, length);
	if (ies_length)
		memcpy(out + length, ies, ies_length);
	return (int)(length + ies_length);
}

/* Appends what a span points at. at is a count of octets or an error, which passes through. */
static int append(uint8_t *out, size_t size, int at, const uint8_t *octets, struct frame_span span)
{
	if (at < 0)
		return at;
	if (size - (size_t)at < span.length)
		return FRAME_ESPACE;
	if (span.length)
		memcpy(out + at, octets + span.offset, span.length);
	return at + span.length;
}

static int build_opaque(uint8_t *out, size_t size, const struct frame *f, const uint8_t *octets)
{
	if (!f->payload.length || (octets[f->payload.offset] & FCF_TYPE) != f->type)
		return FRAME_EFIELD;
	return append(out, size, 0, octets, f->payload);
}

int frame_build(uint8_t *out, size_t size, const struct frame *f, const uint8_t *octets)
{
	int at;

	if (f->type == FRAME_FRAGMENT || f->type == FRAME_EXTENDED)
		return build_opaque(out, size, f, octets);
	if (f->mic.length != (f->security_enabled ? mic_length(f->security.level) : 0) ||
	    ((f->header_ies.length || f->payload_ies.length) && !f->has_ies))
		return FRAME_EFIELD;
	at = frame_build_header(out, size, f, NULL, 0);
	at = append(out, size, at, octets, f->header_ies);
	at = append(out, size, at, octets, f->payload_ies);
	at = append(out, size, at, octets, f->payload);
	at = append(out, size, at, octets, f->mic);
	return at > FRAME_OCTETS_MAX ? FRAME_ELENGTH : at;
}

size_t frame_mic_length(unsigned security_level)
{
	return mic_length(security_level);
}

static void set_pan(struct frame_address *a, bool present, uint16_t pan)
{
	a->has_pan = present;
	a->pan = present ? pan : 0;
}

int frame_set_pan_ids(struct frame *f, uint16_t destination, uint16_t source)
{
	bool both = f->destination.mode && f->source.mode;
	bool one_serves = f->version == 2 && f->destination.mode == FRAME_ADDRESS_EXTENDED &&
	                  f->source.mode == FRAME_ADDRESS_EXTENDED;
	unsigned layout;

	if (f->type > FRAME_COMMAND || f->version > 2 || (one_serves && destination != source))
		return FRAME_EFIELD;
	f->pan_id_compression = both && !one_serves && destination == source;
	layout = frame_layout(f->version, f->pan_id_compression, f->destination.mode & 3,
	                      f->source.mode & 3);
	set_pan(&f->destination, layout & LAYOUT_DESTINATION_PAN, destination);
	set_pan(&f->source, layout & LAYOUT_SOURCE_PAN, source);
	return FRAME_OK;
}

/* The PAN that f's source is in, as f says it: the source's own, or the one that serves both. */
static bool source_pan(const struct frame *f, uint16_t *pan)
{
	const struct frame_address *a = f->source.has_pan ? &f->source : &f->destination;

	*pan = a->pan;
	return a->has_pan;
}

/* 7.2.2.6, Table 7-2: a single address of version 2 goes without PAN ID where compression is set,
 * as two extended ones do. */
static void leave_out_pan_ids(struct frame *f)
{
	set_pan(&f->destination, false, 0);
	set_pan(&f->source, false, 0);
	f->pan_id_compression = f->destination.mode || f->source.mode;
}

void frame_make_ack(struct frame *ack, const struct frame *f, bool pending)
{
	uint16_t pan;

	*ack = (struct frame){.type = FRAME_ACK,
	                      .version = f->version,
	                      .pending = pending,
	                      .has_sequence = f->has_sequence,
	                      .sequence = f->sequence};
	if (f->type == FRAME_MULTIPURPOSE)
		ack->version = 2;
	if (ack->version < 2)
		return;
	ack->destination.mode = f->source.mode;
	ack->destination.value = f->source.value;
	if (source_pan(f, &pan) && f->source.mode)
		frame_set_pan_ids(ack, pan, pan);
	else
		leave_out_pan_ids(ack);
}

int frame_add_ack_source(struct frame *ack, const struct frame *f)
{
	struct frame with = *ack;
	bool both_extended = ack->destination.mode == FRAME_ADDRESS_EXTENDED &&
	                     f->destination.mode == FRAME_ADDRESS_EXTENDED;
	uint16_t pan;
	int error = FRAME_OK;

	if (ack->version != 2 || !f->destination.mode)
		return FRAME_EFIELD;
	with.source.mode = f->destination.mode;
	with.source.value = f->destination.value;
	if (source_pan(f, &pan))
		error = frame_set_pan_ids(&with, pan,
		                          f->destination.has_pan ? f->destination.pan : pan);
	else if (both_extended || !with.destination.mode)
		leave_out_pan_ids(&with);
	else
		error = FRAME_EFIELD;
	if (!error)
		*ack = with;
	return error;
}
