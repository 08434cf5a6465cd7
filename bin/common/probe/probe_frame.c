#include "probe/probe_frame.h"

#include <string.h>

/* The pseudo-header of frames of which no more is known is made once. */
static size_t write_plain_tap(uint8_t out[FRAME_TAP_MAX], uint8_t fcs_type)
{
	static _Thread_local struct {
		int length;
		uint8_t octets[FRAME_TAP_MAX];
	} made[FRAME_TAP_FCS32 + 1];
	enum { USUAL = 16 };

	if (!made[fcs_type].length)
		made[fcs_type].length = frame_tap_build(made[fcs_type].octets, FRAME_TAP_MAX,
		                                        &(struct frame_tap){.fcs_type = fcs_type});
	memcpy(out, made[fcs_type].octets, USUAL);
	if (made[fcs_type].length > USUAL)
		memcpy(out, made[fcs_type].octets, FRAME_TAP_MAX);
	return (size_t)made[fcs_type].length;
}

static size_t write_tap(uint8_t out[FRAME_TAP_MAX], const struct probe_frame *f)
{
	uint8_t fcs_type = f->verdict == PROBE_UNCHECKED ? FRAME_TAP_FCS_NONE
	                   : f->fcs32                    ? FRAME_TAP_FCS32
	                                                 : FRAME_TAP_FCS16;

	if (!f->has_radio && !f->has_channel && !f->has_clock)
		return write_plain_tap(out, fcs_type);
	struct frame_tap tap = {
		.fcs_type = fcs_type,
		.has_rss = f->has_radio,
		.has_lqi = f->has_radio || f->has_lqi,
		.rss = (float)f->rssi,
		.lqi = f->correlation,
		.has_channel = f->has_channel,
		.channel = f->channel,
		.page = f->page,
		.has_start_of_frame = f->has_clock,
		.start_of_frame = f->probe_ns,
	};

	return (size_t)frame_tap_build(out, FRAME_TAP_MAX, &tap);
}

bool probe_packet(struct envelope_packet *packet, uint8_t out[PROBE_PACKET_MAX],
                  const struct probe_frame *f, uint16_t link_type)
{
	size_t n = link_type == ENVELOPE_LINK_IEEE802_15_4_TAP ? write_tap(out, f) : 0;
	size_t fcs_size = f->fcs32 ? FRAME_FCS32_SIZE : FRAME_FCS16_SIZE;
	bool with_fcs = link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS ||
	                (n && f->verdict != PROBE_UNCHECKED);

	if (link_type == ENVELOPE_LINK_IEEE802_15_4_NOFCS && f->verdict == PROBE_BAD)
		return false;
	*packet = (struct envelope_packet){
		.data = f->mac, .length = f->length, .time_ns = f->time_ns, .link_type = link_type};
	if (!n && !with_fcs)
		return true;
	memcpy(out + n, f->mac, f->length);
	n += f->length;
	if (with_fcs && f->verdict == PROBE_UNCHECKED) {
		uint16_t fcs = frame_fcs16(f->mac, f->length);

		out[n] = (uint8_t)fcs;
		out[n + 1] = (uint8_t)(fcs >> 8);
	} else if (with_fcs) {
		memcpy(out + n, f->fcs, fcs_size);
	}
	n += with_fcs ? fcs_size : 0;
	packet->data = out;
	packet->length = n;
	return true;
}
