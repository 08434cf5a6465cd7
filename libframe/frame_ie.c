/* frame_ie.c - information elements (7.4): the iterator, the table of the known ones, parsing and
 * building. */
#include "frame.h"

#include <string.h>

#include "frame_fault.h"
#include "frame_ie.h"
#include "frame_octets.h"

/* --- the iterator --- */

void frame_ie_iterator_init(struct frame_ie_iterator *it, enum frame_ie_kind kind,
                            const uint8_t *octets, struct frame_span list)
{
	*it = (struct frame_ie_iterator){octets, list.offset, (size_t)list.offset + list.length,
	                                 (uint8_t)kind};
}

static size_t parse_header(const struct frame_ie_iterator *it, uint16_t word, struct frame_ie *ie)
{
	*ie = (struct frame_ie){.kind = it->kind};
	if (it->kind == FRAME_IE_HEADER) {
		ie->id = word >> 7 & 0xff;
		return word & 0x7f;
	}
	if (it->kind == FRAME_IE_PAYLOAD || word & 0x8000) {
		ie->long_format = it->kind >= FRAME_IE_NESTED;
		ie->id = word >> 11 & 0xf;
		return word & 0x7ff;
	}
	ie->id = word >> 8 & 0x7f;
	return word & 0xff;
}

static bool type_bit_is_right(unsigned kind, uint16_t word)
{
	return kind >= FRAME_IE_NESTED || (kind == FRAME_IE_PAYLOAD) == !!(word & 0x8000);
}

static int malformed(const struct frame_ie_iterator *it, struct frame_fault *fault)
{
	static const char *const fields[] = {
		[FRAME_IE_HEADER] = "7.4.2.1 Header IE format",
		[FRAME_IE_PAYLOAD] = "7.4.3.1 Payload IE format",
		[FRAME_IE_NESTED] = "7.4.4.1 Nested IE format",
		[FRAME_IE_WISUN_NESTED] = "7.4.4.1 Nested IE format",
	};

	return set_fault(fault, FRAME_EIE, it->at, fields[it->kind % 4]);
}

bool frame_ie_is_termination(const struct frame_ie *ie)
{
	return (ie->kind == FRAME_IE_HEADER &&
	        (ie->id == FRAME_IE_HT1 || ie->id == FRAME_IE_HT2)) ||
	       (ie->kind == FRAME_IE_PAYLOAD && ie->id == FRAME_IE_TERMINATION);
}

int frame_ie_next(struct frame_ie_iterator *it, struct frame_ie *ie, struct frame_fault *fault)
{
	uint16_t word;
	size_t length;

	clear_fault(fault);
	if (it->at == it->end)
		return 0;
	if (it->end - it->at < 2)
		return malformed(it, fault);
	word = get_le16(it->octets + it->at);
	length = parse_header(it, word, ie);
	if (!type_bit_is_right(it->kind, word) || length > it->end - it->at - 2)
		return malformed(it, fault);
	ie->content = (struct frame_span){(uint16_t)(it->at + 2), (uint16_t)length};
	it->at += 2 + length;
	if (frame_ie_is_termination(ie))
		it->end = it->at;
	return 1;
}

/* --- header IEs, and the vendors' --- */

static size_t parse_vendor(struct frame_ie_content *c)
{
	if (c->length < 3)
		return 0;
	c->v->vendor = get_le24(c->p);
	return 3;
}

static size_t parse_csl(struct frame_ie_content *c)
{
	if (c->length != 4 && c->length != 6)
		return 0;
	c->v->csl.phase = get_le16(c->p);
	c->v->csl.period = get_le16(c->p + 2);
	c->v->csl.has_rendezvous_time = c->length == 6;
	c->v->csl.rendezvous_time = c->length == 6 ? get_le16(c->p + 4) : 0;
	return c->length;
}

static size_t parse_rit(struct frame_ie_content *c)
{
	if (c->length != 4)
		return 0;
	c->v->rit.time_to_first_listen = c->p[0];
	c->v->rit.repeat_count = c->p[1];
	c->v->rit.repeat_interval = get_le16(c->p + 2);
	return 4;
}

static size_t parse_rendezvous(struct frame_ie_content *c)
{
	if (c->length != 2 && c->length != 4)
		return 0;
	c->v->rendezvous.rendezvous_time = get_le16(c->p);
	c->v->rendezvous.has_wakeup_interval = c->length == 4;
	c->v->rendezvous.wakeup_interval = c->length == 4 ? get_le16(c->p + 2) : 0;
	return c->length;
}

/* 7.4.2.7: twelve bits of two's complement, bit 15 for a negative acknowledgment */
static size_t parse_time_correction(struct frame_ie_content *c)
{
	unsigned word;

	if (c->length != 2)
		return 0;
	word = get_le16(c->p);
	c->v->time_correction.microseconds = (int16_t)((int)(word & 0x7ff) - (int)(word & 0x800));
	c->v->time_correction.nack = word & 0x8000;
	return word & 0x7000 ? 0 : 2;
}

static size_t parse_global_time(struct frame_ie_content *c)
{
	if (c->length != 4)
		return 0;
	c->v->global_time = get_le32(c->p);
	return 4;
}

static uint8_t *put_vendor(uint8_t *p, const struct frame_ie_value *v)
{
	return v->vendor > 0xffffff ? NULL : put_le(p, v->vendor, 3);
}

static uint8_t *put_csl(uint8_t *p, const struct frame_ie_value *v)
{
	p = put_le(put_le(p, v->csl.phase, 2), v->csl.period, 2);
	return put_le(p, v->csl.rendezvous_time, v->csl.has_rendezvous_time ? 2 : 0);
}

static uint8_t *put_rit(uint8_t *p, const struct frame_ie_value *v)
{
	*p++ = v->rit.time_to_first_listen;
	*p++ = v->rit.repeat_count;
	return put_le(p, v->rit.repeat_interval, 2);
}

static uint8_t *put_rendezvous(uint8_t *p, const struct frame_ie_value *v)
{
	p = put_le(p, v->rendezvous.rendezvous_time, 2);
	return put_le(p, v->rendezvous.wakeup_interval, v->rendezvous.has_wakeup_interval ? 2 : 0);
}

static uint8_t *put_time_correction(uint8_t *p, const struct frame_ie_value *v)
{
	int microseconds = v->time_correction.microseconds;

	if (microseconds < -2048 || microseconds > 2047)
		return NULL;
	return put_le(p, ((unsigned)microseconds & 0xfff) | (v->time_correction.nack ? 0x8000u : 0),
	              2);
}

static uint8_t *put_global_time(uint8_t *p, const struct frame_ie_value *v)
{
	return put_le(p, v->global_time, 4);
}

/* --- the table of known IEs --- */

static const struct frame_ie_codec opaque = {NULL, NULL, true};
static const struct frame_ie_codec vendor = {parse_vendor, put_vendor, true};
static const struct frame_ie_codec csl = {parse_csl, put_csl, false};
static const struct frame_ie_codec rit = {parse_rit, put_rit, false};
static const struct frame_ie_codec rendezvous = {parse_rendezvous, put_rendezvous, false};
static const struct frame_ie_codec time_correction = {parse_time_correction, put_time_correction,
                                                      false};
static const struct frame_ie_codec global_time = {parse_global_time, put_global_time, false};

static const struct frame_ie_codec *const codecs[] = {
	[FRAME_IE_FORM_OPAQUE] = &opaque,
	[FRAME_IE_FORM_VENDOR] = &vendor,
	[FRAME_IE_FORM_CSL] = &csl,
	[FRAME_IE_FORM_RIT] = &rit,
	[FRAME_IE_FORM_RENDEZVOUS_TIME] = &rendezvous,
	[FRAME_IE_FORM_TIME_CORRECTION] = &time_correction,
	[FRAME_IE_FORM_GLOBAL_TIME] = &global_time,
	[FRAME_IE_FORM_MPX] = &frame_ie_codec_mpx,
	[FRAME_IE_FORM_SIXP] = &frame_ie_codec_sixp,
	[FRAME_IE_FORM_TSCH_SYNCHRONIZATION] = &frame_ie_codec_synchronization,
	[FRAME_IE_FORM_TSCH_SLOTFRAMES] = &frame_ie_codec_slotframes,
	[FRAME_IE_FORM_TSCH_TIMESLOT] = &frame_ie_codec_timeslot,
	[FRAME_IE_FORM_CHANNEL_HOPPING] = &frame_ie_codec_hopping,
	[FRAME_IE_FORM_ENHANCED_BEACON_FILTER] = &frame_ie_codec_filter,
};

static unsigned header_form(unsigned id)
{
	switch (id) {
	case FRAME_IE_VENDOR_HEADER:
		return FRAME_IE_FORM_VENDOR;
	case FRAME_IE_CSL:
		return FRAME_IE_FORM_CSL;
	case FRAME_IE_RIT:
		return FRAME_IE_FORM_RIT;
	case FRAME_IE_RENDEZVOUS_TIME:
		return FRAME_IE_FORM_RENDEZVOUS_TIME;
	case FRAME_IE_TIME_CORRECTION:
		return FRAME_IE_FORM_TIME_CORRECTION;
	case FRAME_IE_GLOBAL_TIME:
		return FRAME_IE_FORM_GLOBAL_TIME;
	}
	return FRAME_IE_FORM_OPAQUE;
}

static unsigned payload_form(unsigned id)
{
	switch (id) {
	case FRAME_IE_VENDOR_PAYLOAD:
		return FRAME_IE_FORM_VENDOR;
	case FRAME_IE_MPX:
		return FRAME_IE_FORM_MPX;
	case FRAME_IE_IETF:
		return FRAME_IE_FORM_SIXP;
	}
	return FRAME_IE_FORM_OPAQUE;
}

static unsigned nested_form(unsigned id)
{
	switch (id) {
	case FRAME_IE_VENDOR_NESTED:
		return FRAME_IE_FORM_VENDOR;
	case FRAME_IE_CHANNEL_HOPPING:
		return FRAME_IE_FORM_CHANNEL_HOPPING;
	case FRAME_IE_TSCH_SYNCHRONIZATION:
		return FRAME_IE_FORM_TSCH_SYNCHRONIZATION;
	case FRAME_IE_TSCH_SLOTFRAME_AND_LINK:
		return FRAME_IE_FORM_TSCH_SLOTFRAMES;
	case FRAME_IE_TSCH_TIMESLOT:
		return FRAME_IE_FORM_TSCH_TIMESLOT;
	case FRAME_IE_ENHANCED_BEACON_FILTER:
		return FRAME_IE_FORM_ENHANCED_BEACON_FILTER;
	}
	return FRAME_IE_FORM_OPAQUE;
}

static unsigned form_of(unsigned kind, unsigned id)
{
	if (kind == FRAME_IE_HEADER)
		return header_form(id);
	if (kind == FRAME_IE_WISUN_NESTED)
		return FRAME_IE_FORM_OPAQUE;
	return kind == FRAME_IE_PAYLOAD ? payload_form(id) : nested_form(id);
}

/* A nested IE that is long where its ID is short has none of the known IDs. */
static unsigned form_in_format(const struct frame_ie *ie)
{
	bool misformatted = ie->kind == FRAME_IE_NESTED && ie->long_format != (ie->id < 0x10);

	return misformatted ? FRAME_IE_FORM_OPAQUE : form_of(ie->kind, ie->id);
}

bool frame_ie_has_own_form(const struct frame_ie *ie)
{
	unsigned form = form_in_format(ie);

	return form != FRAME_IE_FORM_OPAQUE && form != FRAME_IE_FORM_MPX &&
	       form != FRAME_IE_FORM_SIXP;
}

void frame_ie_parse(struct frame_ie_value *v, const uint8_t *octets, const struct frame_ie *ie)
{
	struct frame_ie_content c = {octets + ie->content.offset, ie->content.length, v};
	size_t used;

	memset(v, 0, sizeof *v);
	v->form = (uint8_t)form_in_format(ie);
	used = v->form ? codecs[v->form]->parse(&c) : 0;
	if (!used)
		memset(v, 0, sizeof *v);
	v->rest = (struct frame_span){(uint16_t)(ie->content.offset + used),
	                              (uint16_t)(ie->content.length - used)};
	if (frame_ie_has_hop(v))
		v->rest.length -= 2; /* the current hop, behind the sequence */
}

static int put_ie_header(uint8_t header[2], unsigned kind, unsigned id, size_t length)
{
	bool is_long = kind == FRAME_IE_NESTED && id < 0x10;
	unsigned word;

	if (kind == FRAME_IE_HEADER && id <= 0xff && length <= 0x7f)
		word = id << 7 | (unsigned)length;
	else if ((kind == FRAME_IE_PAYLOAD || is_long) && id <= 0xf && length <= 0x7ff)
		word = 0x8000 | id << 11 | (unsigned)length;
	else if (kind == FRAME_IE_NESTED && !is_long && id <= 0x7f && length <= 0xff)
		word = id << 8 | (unsigned)length;
	else
		return FRAME_EFIELD;
	put_le(header, word, 2);
	return FRAME_OK;
}

int frame_ie_build_raw(uint8_t *out, size_t size, enum frame_ie_kind kind, unsigned id,
                       const uint8_t *content, size_t length)
{
	uint8_t header[2];
	int error = put_ie_header(header, kind, id, length);

	if (error)
		return error;
	if (size < 2 + length)
		return FRAME_ESPACE;
	memcpy(out, header, 2);
	if (length)
		memcpy(out + 2, content, length);
	return (int)(2 + length);
}

int frame_ie_build(uint8_t *out, size_t size, enum frame_ie_kind kind, unsigned id,
                   const struct frame_ie_value *v, const uint8_t *octets)
{
	uint8_t fields[32], *end = fields, header[2];
	size_t known, rest = v->rest.length, hop = 0;

	if (v->form >= sizeof codecs / sizeof *codecs ||
	    (v->form && v->form != form_of(kind, id)) || (rest && !codecs[v->form]->has_rest))
		return FRAME_EFIELD;
	if (codecs[v->form]->put)
		end = codecs[v->form]->put(fields, v);
	if (!end)
		return FRAME_EFIELD;
	known = (size_t)(end - fields);
	if (frame_ie_has_hop(v))
		hop = 2;
	if (put_ie_header(header, kind, id, known + rest + hop))
		return FRAME_EFIELD;
	if (size < 2 + known + rest + hop)
		return FRAME_ESPACE;
	memcpy(out, header, 2);
	memcpy(out + 2, fields, known);
	if (rest)
		memcpy(out + 2 + known, octets + v->rest.offset, rest);
	if (hop)
		put_le(out + 2 + known + rest, v->hopping.current_hop, 2);
	return (int)(2 + known + rest + hop);
}
