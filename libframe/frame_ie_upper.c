/* frame_ie_upper.c - payload IEs of upper layers: MPX (IEEE Std 802.15.9) and 6top (RFC 8480). */
#include "frame_ie.h"
#include "frame_octets.h"

enum { MPX_FULL, MPX_FULL_SMALL_ID, MPX_FRAGMENT, MPX_LAST_FRAGMENT = 4, MPX_ABORT = 6 };

/* The octets after Transaction Control, IEEE Std 802.15.9: total size, multiplex ID and fragment
 * number by transfer type. */
static size_t mpx_fields(unsigned type, const uint8_t *p, size_t length)
{
	switch (type) {
	case MPX_FULL:
		return 2;
	case MPX_FULL_SMALL_ID:
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

/* In this transfer type alone the five bits are no Transaction ID. */
static void move_small_id(struct frame_ie_value *v)
{
	v->mpx.has_multiplex_id = true;
	v->mpx.multiplex_id = v->mpx.transaction_id;
	v->mpx.transaction_id = 0;
}

static size_t parse_mpx(struct frame_ie_content *c)
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
	if (c->v->mpx.transfer_type == MPX_FULL_SMALL_ID)
		move_small_id(c->v);
	return 1 + fields;
}

static bool mpx_fits(const struct frame_ie_value *v, bool first)
{
	unsigned type = v->mpx.transfer_type;

	if (type == MPX_FULL_SMALL_ID && (v->mpx.transaction_id || v->mpx.multiplex_id > 0x1f))
		return false;
	return type <= MPX_ABORT && type != 3 && type != 5 && v->mpx.transaction_id <= 0x1f &&
	       v->mpx.has_multiplex_id ==
	               (type == MPX_FULL || type == MPX_FULL_SMALL_ID || first) &&
	       (type == MPX_ABORT ? v->rest.length == 0 : v->mpx.has_total_size == first);
}

static uint8_t *put_mpx(uint8_t *p, const struct frame_ie_value *v)
{
	unsigned type = v->mpx.transfer_type;
	bool first = type == MPX_FRAGMENT && v->mpx.fragment == 0,
	     small = type == MPX_FULL_SMALL_ID;

	if (!mpx_fits(v, first))
		return NULL;
	*p++ = (uint8_t)(type | (small ? v->mpx.multiplex_id : v->mpx.transaction_id) << 3);
	p = put_le(p, v->mpx.fragment, type == MPX_FRAGMENT || type == MPX_LAST_FRAGMENT ? 1 : 0);
	p = put_le(p, v->mpx.total_size, v->mpx.has_total_size ? 2 : 0);
	return put_le(p, v->mpx.multiplex_id, v->mpx.has_multiplex_id && !small ? 2 : 0);
}

enum { IETF_6TOP = 1 }; /* RFC 8480, 3.2 */

static bool is_6top(unsigned sub_id)
{
	return sub_id == IETF_6TOP || sub_id == FRAME_SIXP_SUB_ID_USED;
}

static size_t parse_sixp(struct frame_ie_content *c)
{
	if (c->length < 5 || !is_6top(c->p[0]))
		return 0;
	c->v->sixp.sub_id = c->p[0] == IETF_6TOP ? 0 : c->p[0];
	c->v->sixp.version = c->p[1] & 0xf;
	c->v->sixp.type = c->p[1] >> 4 & 3;
	c->v->sixp.reserved = c->p[1] >> 6;
	c->v->sixp.code = c->p[2];
	c->v->sixp.sfid = c->p[3];
	c->v->sixp.sequence = c->p[4];
	return 5;
}

static uint8_t *put_sixp(uint8_t *p, const struct frame_ie_value *v)
{
	unsigned sub_id = v->sixp.sub_id ? v->sixp.sub_id : IETF_6TOP;

	if (v->sixp.version > 0xf || v->sixp.type > 3 || v->sixp.reserved > 3 || !is_6top(sub_id))
		return NULL;
	*p++ = (uint8_t)sub_id;
	*p++ = (uint8_t)(v->sixp.version | v->sixp.type << 4 | v->sixp.reserved << 6);
	*p++ = v->sixp.code;
	*p++ = v->sixp.sfid;
	*p++ = v->sixp.sequence;
	return p;
}

const struct frame_ie_codec frame_ie_codec_mpx = {parse_mpx, put_mpx, true};
const struct frame_ie_codec frame_ie_codec_sixp = {parse_sixp, put_sixp, true};
