#include "bare.h"

#include "frame.h"

enum {
	DLT_RAW_HERE = 12, /* what systems call LINKTYPE_RAW; old programs wrote it into files */
	DLT_RAW_OPENBSD = 14,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	FCS32_SIZE = 4,
};

static bool is_ip(uint16_t link_type)
{
	return link_type == LINK_RAW || link_type == DLT_RAW_HERE || link_type == DLT_RAW_OPENBSD ||
	       link_type == LINK_IPV4 || link_type == LINK_IPV6;
}

bool bare_known(uint16_t link_type)
{
	return is_ip(link_type) || link_type == LINK_IEEE802_15_4_WITHFCS ||
	       link_type == LINK_IEEE802_15_4_NOFCS || link_type == LINK_IEEE802_15_4_TAP;
}

static enum bare_result bare_ip(struct packet *p)
{
	if (p->length == 0 || (p->data[0] >> 4 != 4 && p->data[0] >> 4 != 6))
		return BARE_NOT_IP;
	p->link_type = LINK_RAW;
	return BARE_OK;
}

static enum bare_result cut_fcs(struct packet *p, size_t header, unsigned fcs)
{
	size_t fcs_size = fcs == FRAME_TAP_FCS16   ? FRAME_FCS16_SIZE
	                  : fcs == FRAME_TAP_FCS32 ? FCS32_SIZE
	                                           : 0;

	if (p->length <= header + fcs_size)
		return BARE_TOO_SHORT;
	const uint8_t *frame = p->data + header;
	size_t length = p->length - header;
	*p = (struct packet){frame, length - fcs_size, p->time_ns, LINK_IEEE802_15_4_NOFCS};
	return fcs == FRAME_TAP_FCS16 && !frame_fcs16_ok(frame, length) ? BARE_BAD_FCS : BARE_OK;
}

static enum bare_result bare_tap(struct packet *p, bool keep_tap)
{
	struct frame_tap tap;
	int header = frame_tap_parse(&tap, p->data, p->length, NULL);
	struct packet stripped = *p;

	if (header < 0)
		return BARE_TOO_SHORT;
	enum bare_result result = cut_fcs(&stripped, (size_t)header, tap.fcs_type);
	if (!keep_tap && result != BARE_TOO_SHORT)
		*p = stripped;
	return result;
}

enum bare_result bare(struct packet *p, bool keep_tap)
{
	if (is_ip(p->link_type))
		return bare_ip(p);
	if (p->link_type == LINK_IEEE802_15_4_TAP)
		return bare_tap(p, keep_tap);
	return cut_fcs(p, 0,
	               p->link_type == LINK_IEEE802_15_4_WITHFCS ? FRAME_TAP_FCS16
	                                                         : FRAME_TAP_FCS_NONE);
}
