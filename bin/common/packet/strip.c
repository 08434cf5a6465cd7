#include "packet/strip.h"

#include "frame.h"
#include "packet/link_layer.h"

/* What stands before a frame on its way through the air: preamble, SFD, and the frame's length, of
 * which a bit is reserved. */
enum { PHY_LENGTH_AT = 5, PHY_HEADER = 6, PHY_LENGTH_BITS = 0x7f };

bool strip_knows(uint16_t link_type)
{
	return link_layer_is_raw_ip(link_type) || link_layer_has_header(link_type) ||
	       strip_leaves_fcs_open(link_type) || link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_TAP;
}

bool strip_leaves_fcs_open(uint16_t link_type)
{
	return link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	       link_type == STRIP_LINK_NONASK_PHY;
}

size_t strip_fcs_size(unsigned fcs_type)
{
	return fcs_type == FRAME_TAP_FCS16   ? FRAME_FCS16_SIZE
	       : fcs_type == FRAME_TAP_FCS32 ? FRAME_FCS32_SIZE
	                                     : 0;
}

bool strip_fcs_ok(unsigned fcs_type, const uint8_t *frame, size_t length)
{
	if (fcs_type == FRAME_TAP_FCS_NONE)
		return true;
	return fcs_type == FRAME_TAP_FCS32 ? frame_fcs32_ok(frame, length)
	                                   : frame_fcs16_ok(frame, length);
}

unsigned strip_fcs_type(const uint8_t *frame, size_t length)
{
	return !frame_fcs16_ok(frame, length) && frame_fcs32_ok(frame, length) ? FRAME_TAP_FCS32
	                                                                       : FRAME_TAP_FCS16;
}

static void cut(struct envelope_packet *p, size_t header, size_t trailer)
{
	p->data += header;
	p->length -= header + trailer;
	p->link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
}

static enum strip_result cut_fcs(struct envelope_packet *p, size_t header, unsigned fcs)
{
	size_t fcs_size = strip_fcs_size(fcs);

	if (p->length <= header + fcs_size)
		return STRIP_TOO_SHORT;
	bool ok = strip_fcs_ok(fcs, p->data + header, p->length - header);
	cut(p, header, fcs_size);
	return ok ? STRIP_OK : STRIP_BAD_FCS;
}

/* Where the FCS is what is missing. */
static enum strip_result cut_header(struct envelope_packet *p, size_t header, bool fcs_is_missing)
{
	if (!fcs_is_missing)
		return STRIP_CUT;
	if (p->length <= header)
		return STRIP_TOO_SHORT;
	cut(p, header, 0);
	return STRIP_OK;
}

static enum strip_result strip_tap(struct envelope_packet *p, size_t missing, bool keep_tap)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);
	struct envelope_packet stripped = *p;

	if (header < 0)
		return STRIP_TOO_SHORT;
	if (missing)
		return cut_header(p, (size_t)header, missing == strip_fcs_size(tap.fcs_type));
	enum strip_result result = cut_fcs(&stripped, (size_t)header, tap.fcs_type);
	if (!keep_tap && result != STRIP_TOO_SHORT)
		*p = stripped;
	return result;
}

/* --- link type 195: what ends the frames is not said --- */

static enum strip_result cut_ti(struct envelope_packet *p)
{
	struct frame_ti ti;

	if (p->length <= FRAME_FCS16_SIZE)
		return STRIP_TOO_SHORT;
	cut(p, 0, FRAME_FCS16_SIZE);
	frame_ti_parse(&ti, p->data + p->length);
	return ti.crc_ok ? STRIP_OK : STRIP_BAD_FCS;
}

static void count_evidence(struct strip_capture *c, const struct envelope_packet *p)
{
	if (frame_fcs16_ok(p->data, p->length))
		c->right16++;
	else if (frame_fcs32_ok(p->data, p->length))
		c->right32++;
	else
		c->wrong++;
}

static unsigned fcs_by_evidence(const struct strip_capture *c, const struct envelope_packet *p)
{
	if (!strip_fcs_ok(FRAME_TAP_FCS16, p->data, p->length) && c->right32 && !c->right16)
		return FRAME_TAP_FCS32;
	return strip_fcs_type(p->data, p->length);
}

static enum strip_result strip_with_fcs(struct strip_capture *c, struct envelope_packet *p)
{
	if (c->fcs == STRIP_FCS_NONE)
		return cut_fcs(p, 0, FRAME_TAP_FCS_NONE);
	if (c->fcs == STRIP_FCS_TI)
		return cut_ti(p);
	count_evidence(c, p);
	if (c->fcs == STRIP_FCS_AUTO)
		return cut_fcs(p, 0, fcs_by_evidence(c, p));
	return cut_fcs(p, 0, c->fcs == STRIP_FCS_CRC32 ? FRAME_TAP_FCS32 : FRAME_TAP_FCS16);
}

/* The PHY's length counts the FCS, which may not have been captured. */
static enum strip_result strip_phy(struct strip_capture *c, struct envelope_packet *p,
                                   size_t missing)
{
	if (p->length <= PHY_HEADER)
		return missing ? STRIP_CUT : STRIP_TOO_SHORT;
	size_t length = p->data[PHY_LENGTH_AT] & PHY_LENGTH_BITS;
	if (length > p->length - PHY_HEADER + missing)
		return STRIP_TOO_SHORT;
	struct envelope_packet frame = {p->data + PHY_HEADER, p->length - PHY_HEADER, p->time_ns,
	                                ENVELOPE_LINK_IEEE802_15_4_WITHFCS};
	/* What stands behind the frame is not of it. */
	size_t behind = frame.length + missing - length;
	frame.length -= behind > missing ? behind - missing : 0;
	enum strip_result result =
		strip_captured(c, &frame, behind < missing ? missing - behind : 0);
	if (result != STRIP_TOO_SHORT && result != STRIP_CUT)
		*p = frame;
	return result;
}

static bool is_fcs_size(enum strip_fcs fcs, size_t missing)
{
	bool two = fcs != STRIP_FCS_NONE && fcs != STRIP_FCS_CRC32,
	     four = fcs == STRIP_FCS_AUTO || fcs == STRIP_FCS_CRC32;

	return (two && missing == FRAME_FCS16_SIZE) || (four && missing == FRAME_FCS32_SIZE);
}

enum strip_result strip_captured(struct strip_capture *c, struct envelope_packet *p, size_t missing)
{
	c->had_open |= strip_leaves_fcs_open(p->link_type);
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		return strip_tap(p, missing, c->keep_tap);
	if (p->link_type == STRIP_LINK_NONASK_PHY)
		return strip_phy(c, p, missing);
	if (missing)
		return cut_header(p, 0,
		                  p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS &&
		                          is_fcs_size(c->fcs, missing));
	if (link_layer_is_raw_ip(p->link_type) || link_layer_has_header(p->link_type))
		return link_layer_strip(p) ? STRIP_OK : STRIP_NOT_IP;
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		return strip_with_fcs(c, p);
	return cut_fcs(p, 0, FRAME_TAP_FCS_NONE);
}

enum strip_result strip(struct envelope_packet *p, bool keep_tap)
{
	struct strip_capture c = {.keep_tap = keep_tap};

	return strip_captured(&c, p, 0);
}
