/* frame_parse.c - the MAC header: Frame Control field, addresses, auxiliary security header;
 * MIC. */
#include "frame.h"

#include "frame_clear.h"
#include "frame_layout.h"
#include "frame_octets.h"
#include "frame_parse.h"

int frame_parse_fault(struct frame_cursor *c, int error, size_t offset, const char *field)
{
	if (c->all)
		note_fault(c->all, error, offset, field);
	if (c->f->error == FRAME_OK)
		c->f->error = set_fault(c->fault, error, offset, field);
	return error;
}

/* A fault in spite of which the rest can be parsed. */
static int tolerable_fault(struct frame_cursor *c, int error, size_t offset, const char *field)
{
	frame_parse_fault(c, error, offset, field);
	return c->reading == FRAME_LENIENT ? FRAME_OK : error;
}

static int parse_sequence(struct frame_cursor *c, bool suppressed)
{
	if (suppressed)
		return FRAME_OK;
	if (!remaining(c))
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->at, "7.2.3 Sequence Number field");
	c->f->has_sequence = true;
	c->f->sequence = c->octets[c->at++];
	return FRAME_OK;
}

/* The sequence number has had its place in every version so far; what else a later version has
 * cannot be known. */
static int unknown_version(struct frame_cursor *c, bool suppressed, const char *field)
{
	frame_parse_fault(c, FRAME_EVERSION, 1, field);
	parse_sequence(c, suppressed);
	return FRAME_EVERSION;
}

/* An address that was not parsed is not there: its zeros must not be mistaken for one. */
static int truncated_address(struct frame_cursor *c, bool destination, bool pan_parsed)
{
	struct frame_address *a = destination ? &c->f->destination : &c->f->source;

	a->mode = FRAME_ADDRESS_NONE;
	a->has_pan &= pan_parsed;
	if (destination)
		c->f->source = (struct frame_address){0};
	return frame_parse_fault(c, FRAME_ETRUNCATED, c->at, "7.2.4 to 7.2.7 addressing fields");
}

static int parse_address(struct frame_cursor *c, bool destination)
{
	struct frame_address *a = destination ? &c->f->destination : &c->f->source;
	size_t length = a->mode == FRAME_ADDRESS_SHORT      ? 2
	                : a->mode == FRAME_ADDRESS_EXTENDED ? 8
	                                                    : 0;

	if (a->has_pan) {
		if (remaining(c) < 2)
			return truncated_address(c, destination, false);
		a->pan = get_le16(c->octets + c->at);
		c->at += 2;
	}
	if (remaining(c) < length)
		return truncated_address(c, destination, true);
	if (length)
		a->value = length == 2 ? get_le16(c->octets + c->at) : get_le64(c->octets + c->at);
	c->at += length;
	return FRAME_OK;
}

static int check_modes(struct frame_cursor *c, unsigned destination, unsigned source, size_t offset)
{
	if (destination == FRAME_ADDRESS_RESERVED)
		return frame_parse_fault(c, FRAME_EADDRESS, offset,
		                         "7.2.2.9 Destination Addressing Mode field, Table 7-3");
	if (source == FRAME_ADDRESS_RESERVED)
		return frame_parse_fault(c, FRAME_EADDRESS, offset,
		                         "7.2.2.11 Source Addressing Mode field, Table 7-3");
	return FRAME_OK;
}

enum { ADDRESSES_MAX = 2 + 8 + 2 + 8 };

/* Loads as many octets as the longest addressing fields have and masks what these do not have:
 * without a branch, since branches on the fields of a frame are mispredicted. */
static inline size_t load_address(struct frame_address *a, const uint8_t *p)
{
	static const uint64_t masks[] = {0, 0, 0xffff, ~UINT64_C(0)};
	static const uint8_t lengths[] = {0, 0, 2, 8};
	size_t pan_length = a->has_pan ? 2 : 0;

	a->pan = (uint16_t)(get_le16(p) & (a->has_pan ? 0xffff : 0));
	a->value = get_le64(p + pan_length) & masks[a->mode];
	return pan_length + lengths[a->mode];
}

static int parse_addresses(struct frame_cursor *c)
{
	int error;

	if (remaining(c) >= ADDRESSES_MAX) {
		c->at += load_address(&c->f->destination, c->octets + c->at);
		c->at += load_address(&c->f->source, c->octets + c->at);
		return FRAME_OK;
	}
	error = parse_address(c, true);
	return error ? error : parse_address(c, false);
}

static int parse_security(struct frame_cursor *c)
{
	struct frame_security *s = &c->f->security;
	const uint8_t *p = c->octets + c->at;
	bool is_2015 = c->f->version == 2 || c->f->type == FRAME_MULTIPURPOSE;
	size_t counter, source, index;
	int error;

	if (!remaining(c))
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->at,
		                         "9.4.2 Security Control field");
	s->level = p[0] & 7;
	s->key_id_mode = p[0] >> 3 & 3;
	s->counter_suppressed = is_2015 && p[0] & 0x20;
	s->asn_in_nonce = is_2015 && p[0] & 0x40;
	error = forbidden_to_send(c, p[0] & (is_2015 ? 0x80 : 0xe0), c->at,
	                          "9.4.2 Security Control field");
	if (!error)
		error = forbidden_to_send(c, is_2015 && s->level == 4, c->at,
		                          "9.4.2.2 Security Level field, Table 9-6");
	if (error)
		return error;
	counter = s->counter_suppressed ? 0 : 4;
	source = key_source_length(s->key_id_mode);
	index = s->key_id_mode ? 1 : 0;
	c->at++;
	p++;
	if (remaining(c) < counter)
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->at, "9.4.3 Frame Counter field");
	s->counter = (uint32_t)get_le(p, counter);
	c->at += counter;
	p += counter;
	if (remaining(c) < source + index)
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->at, "9.4.4 Key Identifier field");
	s->key_source = get_le(p, source);
	s->key_index = index ? p[source] : 0;
	c->at += source + index;
	s->was_parsed = true;
	return FRAME_OK;
}

static int strip_mic(struct frame_cursor *c)
{
	size_t length = mic_length(c->f->security.level);

	if (remaining(c) < length)
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->at,
		                         "9.4.2.2 Security Level field, Table 9-6: MIC");
	c->end -= length;
	c->f->mic = span(c->end, c->end + length);
	return FRAME_OK;
}

/* What follows the addresses in every frame that has a general MAC header. */
static int parse_rest(struct frame_cursor *c)
{
	int error = FRAME_OK;

	if (c->f->security_enabled) {
		error = parse_security(c);
		if (!error)
			error = strip_mic(c);
	}
	c->f->header = span(0, c->at);
	if (!error && c->f->has_ies)
		error = frame_parse_ies(c);
	return error;
}

static int check_general(struct frame_cursor *c, unsigned fcf)
{
	int error = forbidden_to_send(c, fcf & FCF_RESERVED, 0,
	                              "7.2.2.1 Frame Control field: reserved bit 7");

	if (!error && c->f->version < 2) {
		error = forbidden_to_send(c, fcf & FCF_SEQUENCE_SUPPRESSED, 1,
		                          "7.2.2.7 Sequence Number Suppression field");
		if (!error)
			error = forbidden_to_send(c, fcf & FCF_IE_PRESENT, 1,
			                          "7.2.2.8 IE Present field");
	}
	return error;
}

static int parse_general(struct frame_cursor *c)
{
	struct frame *f = c->f;
	unsigned fcf, layout;
	int error;

	if (c->end < 2)
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->end, "7.2.2 Frame Control field");
	fcf = get_le16(c->octets);
	c->at = 2;
	f->version = FCF_VERSION(fcf);
	f->security_enabled = fcf & FCF_SECURITY;
	f->pending = fcf & FCF_PENDING;
	f->ack_request = fcf & FCF_ACK_REQUEST;
	f->pan_id_compression = fcf & FCF_PAN_ID_COMPRESSION;
	if (f->type == FRAME_RESERVED)
		return frame_parse_fault(c, FRAME_ETYPE, 0, "7.2.2.2 Frame Type field, Table 7-1");
	if (f->version == 3)
		return unknown_version(c, fcf & FCF_SEQUENCE_SUPPRESSED,
		                       "7.2.2.10 Frame Version field");
	f->has_ies = f->version == 2 && fcf & FCF_IE_PRESENT;
	error = check_general(c, fcf);
	if (!error)
		error = parse_sequence(c, f->version == 2 && fcf & FCF_SEQUENCE_SUPPRESSED);
	if (!error)
		error = check_modes(c, FCF_DESTINATION_MODE(fcf), FCF_SOURCE_MODE(fcf), 1);
	if (error)
		return error;
	layout = frame_layout(f->version, f->pan_id_compression, FCF_DESTINATION_MODE(fcf),
	                      FCF_SOURCE_MODE(fcf));
	if (layout & LAYOUT_FORBIDDEN)
		error = tolerable_fault(c, FRAME_EPAN, 0, "7.2.2.6 PAN ID Compression field");
	if (error)
		return error;
	f->destination.mode = FCF_DESTINATION_MODE(fcf);
	f->source.mode = FCF_SOURCE_MODE(fcf);
	f->destination.has_pan = layout & LAYOUT_DESTINATION_PAN;
	f->source.has_pan = layout & LAYOUT_SOURCE_PAN;
	error = parse_addresses(c);
	if (error)
		return error;
	if (f->security_enabled && f->version == 0)
		return frame_parse_fault(
			c, FRAME_ESECURITY, 0,
			"9.2 incoming frame security procedure: UNSUPPORTED_LEGACY");
	return parse_rest(c);
}

static int parse_multipurpose(struct frame_cursor *c)
{
	struct frame *f = c->f;
	unsigned fcf = c->octets[0];
	int error;

	f->long_fcf = fcf & MP_LONG;
	if (f->long_fcf && c->end < 2)
		return frame_parse_fault(c, FRAME_ETRUNCATED, c->end,
		                         "7.3.5 Multipurpose Frame Control field");
	c->at = f->long_fcf ? 2 : 1;
	if (f->long_fcf)
		fcf = get_le16(c->octets);
	f->version = MP_VERSION(fcf);
	f->security_enabled = fcf & MP_SECURITY;
	f->pending = fcf & MP_PENDING;
	f->ack_request = fcf & MP_ACK_REQUEST;
	if (f->version)
		return unknown_version(c, fcf & MP_SEQUENCE_SUPPRESSED,
		                       "7.3.5 Multipurpose Frame Control field: Frame Version");
	f->has_ies = fcf & MP_IE_PRESENT;
	error = parse_sequence(c, fcf & MP_SEQUENCE_SUPPRESSED);
	if (!error)
		error = check_modes(c, MP_DESTINATION_MODE(fcf), MP_SOURCE_MODE(fcf), 0);
	if (error)
		return error;
	f->destination.mode = MP_DESTINATION_MODE(fcf);
	f->source.mode = MP_SOURCE_MODE(fcf);
	f->destination.has_pan = fcf & MP_PAN_ID_PRESENT;
	error = parse_addresses(c);
	return error ? error : parse_rest(c);
}

static int parse_by_type(struct frame_cursor *c)
{
	c->f->type = c->end ? c->octets[0] & FCF_TYPE : FRAME_RESERVED;
	if (!c->end)
		return frame_parse_fault(c, FRAME_ETRUNCATED, 0, "7.2.2 Frame Control field");
	if (c->end > FRAME_OCTETS_MAX)
		return frame_parse_fault(c, FRAME_ELENGTH, 0, "11.3 aMaxPhyPacketSize");
	if (c->f->type == FRAME_MULTIPURPOSE)
		return parse_multipurpose(c);
	if (c->f->type == FRAME_FRAGMENT || c->f->type == FRAME_EXTENDED)
		return FRAME_OK; /* 7.3.6, 7.3.7: formats of their own */
	return parse_general(c);
}

static int parse(struct frame_cursor *c)
{
	struct frame *f = c->f;
	size_t length = c->end;
	int error;

	frame_clear(f, sizeof *f);
	clear_fault(c->fault);
	error = parse_by_type(c);
	if (!f->header.length)
		f->header = span(0, c->at);
	if (!error || (c->reading == FRAME_LENIENT && length <= FRAME_OCTETS_MAX))
		f->payload = span(c->at, c->end);
	if (!error && c->reading == FRAME_STRICT)
		f->error = frame_check(f, c->octets, c->fault);
	return f->error;
}

int frame_parse(struct frame *f, const uint8_t *octets, size_t length, enum frame_reading reading,
                struct frame_fault *fault)
{
	struct frame_cursor c = {f, octets, 0, length, reading, fault, NULL};

	return parse(&c);
}

int frame_parse_noting(struct frame *f, const uint8_t *octets, size_t length,
                       struct frame_fault_list *all)
{
	struct frame_cursor c = {f, octets, 0, length, FRAME_LENIENT, NULL, all};

	return parse(&c);
}
