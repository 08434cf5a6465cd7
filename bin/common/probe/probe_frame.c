#include "probe/probe_frame.h"

#include <string.h>

static uint8_t fcs_type_of(const struct probe_frame *f)
{
	if (f->verdict == PROBE_UNCHECKED)
		return FRAME_TAP_FCS_NONE;
	return f->fcs32 ? FRAME_TAP_FCS32 : FRAME_TAP_FCS16;
}

static bool is_more_known(const struct probe_frame *f)
{
	return f->has_radio || f->has_channel || f->has_clock || f->has_lqi;
}

static size_t build_tap(uint8_t out[FRAME_TAP_MAX], const struct probe_frame *f)
{
	struct frame_tap tap = {
		.fcs_type = fcs_type_of(f),
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

/* That of a frame of which no more is known is always the same, but for the type: it is built once
 * for each. */
static size_t write_tap(uint8_t out[FRAME_TAP_MAX], const struct probe_frame *f)
{
	static _Thread_local struct {
		size_t length;
		uint8_t octets[FRAME_TAP_MAX];
	} plain[FRAME_TAP_FCS32 + 1];
	enum { USUAL = 12 };

	if (is_more_known(f))
		return build_tap(out, f);
	uint8_t type = fcs_type_of(f);
	if (plain[type].length == USUAL) {
		memcpy(out, plain[type].octets, USUAL);
		return USUAL;
	}
	plain[type].length = build_tap(plain[type].octets, f);
	memcpy(out, plain[type].octets, FRAME_TAP_MAX);
	return plain[type].length;
}

/* The check sequence of a frame that had none, of two octets. */
static size_t write_new_fcs(uint8_t *out, const struct probe_frame *f)
{
	uint16_t fcs = frame_fcs16(f->mac, f->length);

	out[0] = (uint8_t)fcs;
	out[1] = (uint8_t)(fcs >> 8);
	return FRAME_FCS16_SIZE;
}

static size_t write_fcs(uint8_t *out, const struct probe_frame *f)
{
	memcpy(out, f->fcs, sizeof f->fcs);
	return f->fcs32 ? FRAME_FCS32_SIZE : FRAME_FCS16_SIZE;
}

size_t probe_packet_write(uint8_t out[PROBE_PACKET_MAX], const struct probe_frame *f,
                          uint16_t link_type)
{
	uint8_t *at = out;

	if (link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		at += write_tap(at, f);
	memcpy(at, f->mac, f->length);
	at += f->length;
	if (f->verdict != PROBE_UNCHECKED)
		at += write_fcs(at, f);
	else if (link_type == ENVELOPE_LINK_IEEE802_15_4_WITHFCS)
		at += write_new_fcs(at, f);
	return (size_t)(at - out);
}
