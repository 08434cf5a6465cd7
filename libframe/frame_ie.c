/* frame_ie.c - information elements: the iterator, and what the known ones say (7.4). */
#include "frame.h"

#include <string.h>

#include "frame_octets.h"

/* --- the iterator --- */

void frame_ie_begin(struct frame_ie_iterator *it, enum frame_ie_kind kind, const uint8_t *octets,
                    struct frame_span list)
{
	*it = (struct frame_ie_iterator){
		octets, list.offset, (size_t)list.offset + list.length, (uint8_t)kind, {0}};
}

static size_t read_header(const struct frame_ie_iterator *it, uint16_t word, struct frame_ie *ie)
{
	*ie = (struct frame_ie){.kind = it->kind};
	if (it->kind == FRAME_IE_HEADER) {
		ie->id = word >> 7 & 0xff;
		return word & 0x7f;
	}
	if (it->kind == FRAME_IE_PAYLOAD || word & 0x8000) {
		ie->long_format = it->kind == FRAME_IE_NESTED;
		ie->id = word >> 11 & 0xf;
		return word & 0x7ff;
	}
	ie->id = word >> 8 & 0x7f;
	return word & 0xff;
}

static bool type_bit_is_right(unsigned kind, uint16_t word)
{
	return kind == FRAME_IE_NESTED || (kind == FRAME_IE_PAYLOAD) == !!(word & 0x8000);
}

static int malformed(struct frame_ie_iterator *it)
{
	static const char *const clauses[] = {
		[FRAME_IE_HEADER] = "7.4.2.1 Header IE format",
		[FRAME_IE_PAYLOAD] = "7.4.3.1 Payload IE format",
		[FRAME_IE_NESTED] = "7.4.4.1 Nested IE format",
	};

	it->fault = (struct frame_fault){FRAME_EIE, (uint16_t)it->at, clauses[it->kind % 3]};
	return FRAME_EIE;
}

static bool is_termination(const struct frame_ie *ie)
{
	return (ie->kind == FRAME_IE_HEADER &&
	        (ie->id == FRAME_IE_HT1 || ie->id == FRAME_IE_HT2)) ||
	       (ie->kind == FRAME_IE_PAYLOAD && ie->id == FRAME_IE_TERMINATION);
}

int frame_ie_next(struct frame_ie_iterator *it, struct frame_ie *ie)
{
	uint16_t word;
	size_t length;

	if (it->fault.error)
		return it->fault.error;
	if (it->at == it->end)
		return 0;
	if (it->end - it->at < 2)
		return malformed(it);
	word = get_le16(it->octets + it->at);
	length = read_header(it, word, ie);
	if (!type_bit_is_right(it->kind, word) || length > it->end - it->at - 2)
		return malformed(it);
	ie->content = (struct frame_span){(uint16_t)(it->at + 2), (uint16_t)length};
	it->at += 2 + length;
	if (is_termination(ie))
		it->end = it->at;
	return 1;
}

/* --- reading --- */

struct content {
	const uint8_t *p;
	size_t length;
	struct frame_ie_value *v;
};

/* Each reader returns the octets of fields that it knows, or 0 where the length is none of this
 * IE's. */

static size_t read_vendor(struct content *c)
{
	if (c->length < 3)
		return 0;
	c->v->vendor = get_le24(c->p);
	return 3;
}

static size_t read_csl(struct content *c)
{
	if (c->length != 4 && c->length != 6)
		return 0;
	c->v->csl.phase = get_le16(c->p);
	c->v->csl.period = get_le16(c->p + 2);
	c->v->csl.has_rendezvous_time = c->length == 6;
	c->v->csl.rendezvous_time = c->length == 6 ? get_le16(c->p + 4) : 0;
	return c->length;
}

static size_t read_rit(struct content *c)
{
	if (c->length != 4)
		return 0;
	c->v->rit.time_to_first_listen = c->p[0];
	c->v->rit.repeat_count = c->p[1];
	c->v->rit.repeat_interval = get_le16(c->p + 2);
	return 4;
}

static size_t read_rendezvous(struct content *c)
{
	if (c->length != 2 && c->length != 4)
		return 0;
	c->v->rendezvous.rendezvous_time = get_le16(c->p);
	c->v->rendezvous.has_wakeup_interval = c->length == 4;
	c->v->rendezvous.wakeup_interval = c->length == 4 ? get_le16(c->p + 2) : 0;
	return c->length;
}

/* 7.4.2.7: twelve bits of two's complement, bit 15 for a negative acknowledgment */
static size_t read_time_correction(struct content *c)
{
	unsigned word;

	if (c->length != 2)
		return 0;
	word = get_le16(c->p);
	c->v->time_correction.microseconds = (int16_t)((int)(word & 0x7ff) - (int)(word & 0x800));
	c->v->time_correction.nack = word & 0x8000;
	return word & 0x7000 ? 0 : 2;
}

static size_t read_global_time(struct content *c)
{
	if (c->length != 4)
		return 0;
	c->v->global_time = get_le32(c->p);
	return 4;
}

enum { MPX_FULL, MPX_FULL_NO_ID, MPX_FRAGMENT, MPX_LAST_FRAGMENT = 4, MPX_ABORT = 6 };

/* The octets after Transaction Control, IEEE Std 802.15.9: total size, multiplex ID and fragment
 * number by transfer type. */
static size_t mpx_fields(unsigned type, const uint8_t *p, size_t length)
{
	switch (type) {
	case MPX_FULL:
		return 2;
	case MPX_FULL_NO_ID:
		return 0;
	case MPX_FRAGMENT:
		return length && p[0] == 0 ? 5 : 1;
	case MPX_LAST_FRAGMENT:
		return 1;
	case MPX_ABORT:
		return length == 0 || length == 2 ? length : SIZE_MAX;
	}
	return SIZE_MAX;
}

static size_t read_mpx(struct content *c)
{
	const uint8_t *p = c->p + 1;
	size_t fields;

	if (!c->length)
		return 0;
	c->v->mpx.transfer_type = c->p[0] & 7;
	c->v->mpx.transaction_id = c->p[0] >> 3;
	fields = mpx_fields(c->v->mpx.transfer_type, p, c->length - 1);
	if (fields > c->length - 1)
		return 0;
	if (c->v->mpx.transfer_type == MPX_FRAGMENT || c->v->mpx.transfer_type == MPX_LAST_FRAGMENT)
		c->v->mpx.fragment = *p++;
	c->v->mpx.has_total_size = fields == 5 || (c->v->mpx.transfer_type == MPX_ABORT && fields);
	if (c->v->mpx.has_total_size) {
		c->v->mpx.total_size = get_le16(p);
		p += 2;
	}
	c->v->mpx.has_multiplex_id = fields == 5 || c->v->mpx.transfer_type == MPX_FULL;
	if (c->v->mpx.has_multiplex_id)
		c->v->mpx.multiplex_id = get_le16(p);
	return 1 + fields;
}

enum { IETF_6TOP = 1 }; /* RFC 8480, 3.2 */

static size_t read_sixp(struct content *c)
{
	if (c->length < 5 || c->p[0] != IETF_6TOP || c->p[1] & 0xc0)
		return 0;
	c->v->sixp.version = c->p[1] & 0xf;
	c->v->sixp.type = c->p[1] >> 4;
	c->v->sixp.code = c->p[2];
	c->v->sixp.sfid = c->p[3];
	c->v->sixp.sequence = c->p[4];
	return 5;
}

static size_t read_synchronization(struct content *c)
{
	if (c->length != 6)
		return 0;
	c->v->synchronization.asn = get_le(c->p, 5);
	c->v->synchronization.join_metric = c->p[5];
	return 6;
}

static size_t read_slotframes(struct content *c)
{
	if (!c->length)
		return 0;
	c->v->slotframe_count = c->p[0];
	return 1;
}

static size_t read_timeslot(struct content *c)
{
	size_t wide = c->length == 27 ? 3 : 2;
	const uint8_t *p = c->p + 1;

	if (c->length != 1 && c->length != 25 && c->length != 27)
		return 0;
	c->v->timeslot.id = c->p[0];
	c->v->timeslot.has_template = c->length > 1;
	if (!c->v->timeslot.has_template)
		return 1;
	c->v->timeslot.wide = wide == 3;
	c->v->timeslot.cca_offset = get_le16(p);
	c->v->timeslot.cca = get_le16(p + 2);
	c->v->timeslot.tx_offset = get_le16(p + 4);
	c->v->timeslot.rx_offset = get_le16(p + 6);
	c->v->timeslot.rx_ack_delay = get_le16(p + 8);
	c->v->timeslot.tx_ack_delay = get_le16(p + 10);
	c->v->timeslot.rx_wait = get_le16(p + 12);
	c->v->timeslot.ack_wait = get_le16(p + 14);
	c->v->timeslot.rx_tx = get_le16(p + 16);
	c->v->timeslot.max_ack = get_le16(p + 18);
	c->v->timeslot.max_tx = (uint32_t)get_le(p + 20, wide);
	c->v->timeslot.timeslot_length = (uint32_t)get_le(p + 20 + wide, wide);
	return c->length;
}

static bool has_extended_bitmap(unsigned page)
{
	return page == 9 || page == 10;
}

static size_t read_hopping(struct content *c)
{
	size_t sequence;

	if (!c->length)
		return 0;
	c->v->hopping.sequence_id = c->p[0];
	if (c->length == 1)
		return 1;
	if (c->length < 8)
		return 0;
	c->v->hopping.has_sequence = true;
	c->v->hopping.page = c->p[1];
	c->v->hopping.channel_count = get_le16(c->p + 2);
	c->v->hopping.phy_configuration = get_le32(c->p + 4);
	if (has_extended_bitmap(c->v->hopping.page))
		return 8;
	sequence = c->length < 10 ? 0 : 2 * (size_t)get_le16(c->p + 8);
	if (c->length != 10 + sequence + 2)
		return 0;
	c->v->hopping.current_hop = get_le16(c->p + 10 + sequence);
	return 10;
}

static size_t read_filter(struct content *c)
{
	size_t at = 1;

	if (!c->length || c->p[0] & 0xe0)
		return 0;
	c->v->filter.permit_join = c->p[0] & 1;
	c->v->filter.has_lqi = c->p[0] & 2;
	c->v->filter.has_percent = c->p[0] & 4;
	c->v->filter.attribute_octets = c->p[0] >> 3 & 3;
	if (c->length !=
	    at + c->v->filter.has_lqi + c->v->filter.has_percent + c->v->filter.attribute_octets)
		return 0;
	c->v->filter.lqi = c->v->filter.has_lqi ? c->p[at++] : 0;
	c->v->filter.percent = c->v->filter.has_percent ? c->p[at++] : 0;
	c->v->filter.attributes = (uint32_t)get_le(c->p + at, c->v->filter.attribute_octets);
	return c->length;
}

/* --- building --- */

/* Each writer returns where it stopped, or NULL where the fields do not fit each other. */

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

static uint8_t *put_mpx(uint8_t *p, const struct frame_ie_value *v)
{
	unsigned type = v->mpx.transfer_type;
	bool first = type == MPX_FRAGMENT && v->mpx.fragment == 0;

	if (type > MPX_ABORT || type == 3 || type == 5 || v->mpx.transaction_id > 0x1f ||
	    v->mpx.has_multiplex_id != (type == MPX_FULL || first) ||
	    (type == MPX_ABORT ? v->rest.length != 0 : v->mpx.has_total_size != first))
		return NULL;
	*p++ = (uint8_t)(type | v->mpx.transaction_id << 3);
	p = put_le(p, v->mpx.fragment, type == MPX_FRAGMENT || type == MPX_LAST_FRAGMENT ? 1 : 0);
	p = put_le(p, v->mpx.total_size, v->mpx.has_total_size ? 2 : 0);
	return put_le(p, v->mpx.multiplex_id, v->mpx.has_multiplex_id ? 2 : 0);
}

static uint8_t *put_sixp(uint8_t *p, const struct frame_ie_value *v)
{
	if (v->sixp.version > 0xf || v->sixp.type > 3)
		return NULL;
	*p++ = IETF_6TOP;
	*p++ = (uint8_t)(v->sixp.version | v->sixp.type << 4);
	*p++ = v->sixp.code;
	*p++ = v->sixp.sfid;
	*p++ = v->sixp.sequence;
	return p;
}

static uint8_t *put_synchronization(uint8_t *p, const struct frame_ie_value *v)
{
	if (v->synchronization.asn >> 40)
		return NULL;
	return put_le(put_le(p, v->synchronization.asn, 5), v->synchronization.join_metric, 1);
}

static uint8_t *put_slotframes(uint8_t *p, const struct frame_ie_value *v)
{
	return put_le(p, v->slotframe_count, 1);
}

static uint8_t *put_timeslot(uint8_t *p, const struct frame_ie_value *v)
{
	const uint16_t fields[] = {v->timeslot.cca_offset,   v->timeslot.cca,
	                           v->timeslot.tx_offset,    v->timeslot.rx_offset,
	                           v->timeslot.rx_ack_delay, v->timeslot.tx_ack_delay,
	                           v->timeslot.rx_wait,      v->timeslot.ack_wait,
	                           v->timeslot.rx_tx,        v->timeslot.max_ack};
	size_t wide = v->timeslot.wide ? 3 : 2;

	*p++ = v->timeslot.id;
	if (!v->timeslot.has_template)
		return p;
	if (v->timeslot.max_tx >> 8 * wide || v->timeslot.timeslot_length >> 8 * wide)
		return NULL;
	for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
		p = put_le(p, fields[i], 2);
	return put_le(put_le(p, v->timeslot.max_tx, wide), v->timeslot.timeslot_length, wide);
}

static uint8_t *put_hopping(uint8_t *p, const struct frame_ie_value *v)
{
	*p++ = v->hopping.sequence_id;
	if (!v->hopping.has_sequence)
		return v->rest.length ? NULL : p;
	*p++ = v->hopping.page;
	p = put_le(put_le(p, v->hopping.channel_count, 2), v->hopping.phy_configuration, 4);
	if (has_extended_bitmap(v->hopping.page))
		return p;
	return v->rest.length % 2 ? NULL : put_le(p, v->rest.length / 2, 2);
}

static uint8_t *put_filter(uint8_t *p, const struct frame_ie_value *v)
{
	if (v->filter.attribute_octets > 3 ||
	    v->filter.attributes >> 8 * v->filter.attribute_octets)
		return NULL;
	*p++ = (uint8_t)(v->filter.permit_join | v->filter.has_lqi << 1 |
	                 v->filter.has_percent << 2 | v->filter.attribute_octets << 3);
	p = put_le(p, v->filter.lqi, v->filter.has_lqi ? 1 : 0);
	p = put_le(p, v->filter.percent, v->filter.has_percent ? 1 : 0);
	return put_le(p, v->filter.attributes, v->filter.attribute_octets);
}

/* --- the table of known IEs --- */

struct form {
	size_t (*read)(struct content *c);
	uint8_t *(*put)(uint8_t *p, const struct frame_ie_value *v);
	bool has_rest;
};

static const struct form forms[] = {
	[FRAME_IE_FORM_OPAQUE] = {NULL, NULL, true},
	[FRAME_IE_FORM_VENDOR] = {read_vendor, put_vendor, true},
	[FRAME_IE_FORM_CSL] = {read_csl, put_csl, false},
	[FRAME_IE_FORM_RIT] = {read_rit, put_rit, false},
	[FRAME_IE_FORM_RENDEZVOUS_TIME] = {read_rendezvous, put_rendezvous, false},
	[FRAME_IE_FORM_TIME_CORRECTION] = {read_time_correction, put_time_correction, false},
	[FRAME_IE_FORM_GLOBAL_TIME] = {read_global_time, put_global_time, false},
	[FRAME_IE_FORM_MPX] = {read_mpx, put_mpx, true},
	[FRAME_IE_FORM_SIXP] = {read_sixp, put_sixp, true},
	[FRAME_IE_FORM_TSCH_SYNCHRONIZATION] = {read_synchronization, put_synchronization, false},
	[FRAME_IE_FORM_TSCH_SLOTFRAMES] = {read_slotframes, put_slotframes, true},
	[FRAME_IE_FORM_TSCH_TIMESLOT] = {read_timeslot, put_timeslot, false},
	[FRAME_IE_FORM_CHANNEL_HOPPING] = {read_hopping, put_hopping, true},
	[FRAME_IE_FORM_ENHANCED_BEACON_FILTER] = {read_filter, put_filter, false},
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
	return kind == FRAME_IE_PAYLOAD ? payload_form(id) : nested_form(id);
}

void frame_ie_read(struct frame_ie_value *v, const uint8_t *octets, const struct frame_ie *ie)
{
	bool misformatted = ie->kind == FRAME_IE_NESTED && ie->long_format != (ie->id < 0x10);
	struct content c = {octets + ie->content.offset, ie->content.length, v};
	size_t used;

	memset(v, 0, sizeof *v);
	v->form = (uint8_t)(misformatted ? FRAME_IE_FORM_OPAQUE : form_of(ie->kind, ie->id));
	used = v->form ? forms[v->form].read(&c) : 0;
	if (!used)
		memset(v, 0, sizeof *v);
	v->rest = (struct frame_span){(uint16_t)(ie->content.offset + used),
	                              (uint16_t)(ie->content.length - used)};
	if (v->form == FRAME_IE_FORM_CHANNEL_HOPPING && v->hopping.has_sequence &&
	    !has_extended_bitmap(v->hopping.page))
		v->rest.length -= 2; /* the current hop is behind the sequence */
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

	if (v->form >= sizeof forms / sizeof *forms || (v->form && v->form != form_of(kind, id)) ||
	    (rest && !forms[v->form].has_rest))
		return FRAME_EFIELD;
	if (forms[v->form].put)
		end = forms[v->form].put(fields, v);
	if (!end)
		return FRAME_EFIELD;
	known = (size_t)(end - fields);
	if (v->form == FRAME_IE_FORM_CHANNEL_HOPPING && v->hopping.has_sequence &&
	    !has_extended_bitmap(v->hopping.page))
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

/* --- slotframes and links --- */

int frame_slotframe_next(struct frame_slotframe *s, const uint8_t *octets, struct frame_span *rest)
{
	const uint8_t *p = octets + rest->offset;
	size_t length;

	memset(s, 0, sizeof *s);
	if (!rest->length)
		return 0;
	if (rest->length < 4)
		return FRAME_EIE;
	length = 5 * (size_t)p[3];
	if (length > rest->length - 4u)
		return FRAME_EIE;
	s->handle = p[0];
	s->size = get_le16(p + 1);
	s->link_count = p[3];
	s->links = (struct frame_span){(uint16_t)(rest->offset + 4), (uint16_t)length};
	rest->offset = (uint16_t)(rest->offset + 4 + length);
	rest->length = (uint16_t)(rest->length - 4 - length);
	return 1;
}

void frame_link_at(struct frame_link *l, const uint8_t *octets, const struct frame_slotframe *s,
                   unsigned index)
{
	const uint8_t *p = octets + s->links.offset + 5 * (size_t)index;

	*l = (struct frame_link){0};
	if (index < s->link_count)
		*l = (struct frame_link){get_le16(p), get_le16(p + 2), p[4]};
}

int frame_slotframe_build(uint8_t *out, size_t size, const struct frame_slotframe *s,
                          const struct frame_link *links)
{
	size_t length = 4 + 5 * (size_t)s->link_count;

	if (size < length)
		return FRAME_ESPACE;
	*out++ = s->handle;
	out = put_le(out, s->size, 2);
	*out++ = s->link_count;
	for (unsigned i = 0; i < s->link_count; i++) {
		out = put_le(put_le(out, links[i].timeslot, 2), links[i].channel_offset, 2);
		*out++ = links[i].options;
	}
	return (int)length;
}
