/* frame_ie_nested.c - nested IEs (7.4.4): TSCH, channel hopping, Enhanced Beacon Filter. */
#include "frame_ie.h"

#include <string.h>

#include "frame_octets.h"

static size_t parse_synchronization(struct frame_ie_content *c)
{
	if (c->length != 6)
		return 0;
	c->v->synchronization.asn = get_le(c->p, 5);
	c->v->synchronization.join_metric = c->p[5];
	return 6;
}

static uint8_t *put_synchronization(uint8_t *p, const struct frame_ie_value *v)
{
	if (v->synchronization.asn >> 40)
		return NULL;
	return put_le(put_le(p, v->synchronization.asn, 5), v->synchronization.join_metric, 1);
}

static size_t parse_slotframes(struct frame_ie_content *c)
{
	if (!c->length)
		return 0;
	c->v->slotframe_count = c->p[0];
	return 1;
}

static uint8_t *put_slotframes(uint8_t *p, const struct frame_ie_value *v)
{
	return put_le(p, v->slotframe_count, 1);
}

static size_t parse_timeslot(struct frame_ie_content *c)
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

static bool has_extended_bitmap(unsigned page)
{
	return page == 9 || page == 10;
}

bool frame_ie_has_hop(const struct frame_ie_value *v)
{
	return v->form == FRAME_IE_FORM_CHANNEL_HOPPING && v->hopping.has_sequence &&
	       !has_extended_bitmap(v->hopping.page);
}

static size_t parse_hopping(struct frame_ie_content *c)
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

static size_t parse_filter(struct frame_ie_content *c)
{
	size_t at = 1;

	if (!c->length)
		return 0;
	c->v->filter.permit_join = c->p[0] & 1;
	c->v->filter.has_lqi = c->p[0] & 2;
	c->v->filter.has_percent = c->p[0] & 4;
	c->v->filter.attribute_octets = c->p[0] >> 3 & 3;
	c->v->filter.reserved = c->p[0] >> 5;
	if (c->length !=
	    at + c->v->filter.has_lqi + c->v->filter.has_percent + c->v->filter.attribute_octets)
		return 0;
	c->v->filter.lqi = c->v->filter.has_lqi ? c->p[at++] : 0;
	c->v->filter.percent = c->v->filter.has_percent ? c->p[at++] : 0;
	c->v->filter.attributes = (uint32_t)get_le(c->p + at, c->v->filter.attribute_octets);
	return c->length;
}

static uint8_t *put_filter(uint8_t *p, const struct frame_ie_value *v)
{
	if (v->filter.attribute_octets > 3 || v->filter.reserved > 7 ||
	    v->filter.attributes >> 8 * v->filter.attribute_octets)
		return NULL;
	*p++ = (uint8_t)(v->filter.permit_join | v->filter.has_lqi << 1 |
	                 v->filter.has_percent << 2 | v->filter.attribute_octets << 3 |
	                 v->filter.reserved << 5);
	p = put_le(p, v->filter.lqi, v->filter.has_lqi ? 1 : 0);
	p = put_le(p, v->filter.percent, v->filter.has_percent ? 1 : 0);
	return put_le(p, v->filter.attributes, v->filter.attribute_octets);
}

const struct frame_ie_codec frame_ie_codec_synchronization = {parse_synchronization,
                                                              put_synchronization, false};
const struct frame_ie_codec frame_ie_codec_slotframes = {parse_slotframes, put_slotframes, true};
const struct frame_ie_codec frame_ie_codec_timeslot = {parse_timeslot, put_timeslot, false};
const struct frame_ie_codec frame_ie_codec_hopping = {parse_hopping, put_hopping, true};
const struct frame_ie_codec frame_ie_codec_filter = {parse_filter, put_filter, false};

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
