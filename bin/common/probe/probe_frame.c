#include "probe/probe_frame.h"

#include <string.h>

static size_t write_tap(uint8_t out[FRAME_TAP_MAX], const struct probe_frame *f)
{
	struct frame_tap tap = {
		.fcs_type = f->verdict == PROBE_UNCHECKED ? FRAME_TAP_FCS_NONE
	                    : f->fcs32                    ? FRAME_TAP_FCS32
	                                                  : FRAME_TAP_FCS16,
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
	*packet = (struct envelope_packet){
		.data = out, .length = n, .time_ns = f->time_ns, .link_type = link_type};
	return true;
}
