#include "packet/strip.h"

#include "frame.h"

enum {
	DLT_RAW_LINUX = 12, /* old programs wrote it into files in the place of 101 */
	DLT_RAW_OPENBSD = 14,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
};

static bool is_ip(uint16_t link_type)
{
	return link_type == ENVELOPE_LINK_RAW || link_type == DLT_RAW_LINUX ||
	       link_type == DLT_RAW_OPENBSD || link_type == LINK_IPV4 || link_type == LINK_IPV6;
}

bool strip_knows(uint16_t link_type)
{
	return is_ip(link_type) || link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS ||
	       link_type == ENVELOPE_LINK_IEEE802_15_4_TAP;
}

size_t strip_fcs_size(unsigned fcs_type)
{
	return fcs_type == FRAME_TAP_FCS16   ? FRAME_FCS16_SIZE
	       : fcs_type == FRAME_TAP_FCS32 ? FRAME_FCS32_SIZE
	                                     : 0;
}

static enum strip_result strip_ip(struct envelope_packet *p)
{
	if (p->length == 0 || (p->data[0] >> 4 != 4 && p->data[0] >> 4 != 6))
		return STRIP_NOT_IP;
	p->link_type = ENVELOPE_LINK_RAW;
	return STRIP_OK;
}

static enum strip_result cut_fcs(struct envelope_packet *p, size_t header, unsigned fcs)
{
	size_t fcs_size = strip_fcs_size(fcs);

	if (p->length <= header + fcs_size)
		return STRIP_TOO_SHORT;
	const uint8_t *frame = p->data + header;
	size_t length = p->length - header;
	p->data = frame;
	p->length = length - fcs_size;
	p->link_type = ENVELOPE_LINK_IEEE802_15_4_NOFCS;
	return fcs == FRAME_TAP_FCS16 && !frame_fcs16_ok(frame, length) ? STRIP_BAD_FCS : STRIP_OK;
}

static enum strip_result strip_tap(struct envelope_packet *p, bool keep_tap)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);
	struct envelope_packet stripped = *p;

	if (header < 0)
		return STRIP_TOO_SHORT;
	enum strip_result result = cut_fcs(&stripped, (size_t)header, tap.fcs_type);
	if (!keep_tap && result != STRIP_TOO_SHORT)
		*p = stripped;
	return result;
}

enum strip_result strip(struct envelope_packet *p, bool keep_tap)
{
	if (is_ip(p->link_type))
		return strip_ip(p);
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		return strip_tap(p, keep_tap);
	return cut_fcs(p, 0,
	               p->link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ? FRAME_TAP_FCS16
	                                                                  : FRAME_TAP_FCS_NONE);
}
