/* frame_tap.c - the pseudo-header of link type 283, IEEE802_15_4_TAP. */
#include "frame.h"

#include <string.h>

#include "frame_octets.h"

enum { TLV_FCS_TYPE = 0, TLV_RSS = 1, TLV_CHANNEL = 3, TLV_LQI = 10 };

static float get_float(const uint8_t *p)
{
	uint32_t bits = get_le32(p);
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static uint8_t *put_tlv(uint8_t *p, unsigned type, uint64_t value, size_t length)
{
	p = put_le(p, type, 2);
	p = put_le(p, length, 2);
	p = put_le(p, value, length);
	return put_le(p, 0, -length & 3);
}

size_t frame_tap_write(uint8_t out[FRAME_TAP_MAX], const struct frame_tap *tap)
{
	uint8_t *p = put_tlv(out + 4, TLV_FCS_TYPE, tap->fcs_type, 1);

	if (tap->has_rss)
		p = put_tlv(p, TLV_RSS, float_bits(tap->rss), 4);
	if (tap->has_channel)
		p = put_tlv(p, TLV_CHANNEL, tap->channel | (uint64_t)tap->page << 16, 3);
	if (tap->has_lqi)
		p = put_tlv(p, TLV_LQI, tap->lqi, 1);
	put_le(put_le(out, 0, 2), (uint64_t)(p - out), 2);
	return (size_t)(p - out);
}

static int read_tlv(struct frame_tap *tap, unsigned type, const uint8_t *value, size_t length)
{
	static const uint8_t lengths[] = {[TLV_FCS_TYPE] = 1, [TLV_RSS] = 4, [TLV_CHANNEL] = 3, [TLV_LQI] = 1};

	if (type >= sizeof lengths || !lengths[type])
		return FRAME_OK;
	if (length < lengths[type]) /* some writers count the padding in */
		return FRAME_ETAP;
	switch (type) {
	case TLV_FCS_TYPE:
		tap->fcs_type = value[0];
		return value[0] <= FRAME_TAP_FCS32 ? FRAME_OK : FRAME_ETAP;
	case TLV_RSS:
		tap->has_rss = true;
		tap->rss = get_float(value);
		break;
	case TLV_CHANNEL:
		tap->has_channel = true;
		tap->channel = get_le16(value);
		tap->page = value[2];
		break;
	case TLV_LQI:
		tap->has_lqi = true;
		tap->lqi = value[0];
		break;
	}
	return FRAME_OK;
}

int frame_tap_read(struct frame_tap *tap, const uint8_t *octets, size_t length)
{
	size_t at = 4, end;
	int error = FRAME_OK;

	memset(tap, 0, sizeof *tap);
	if (length < 4)
		return FRAME_ETRUNCATED;
	if (octets[0])
		return FRAME_EVERSION;
	end = get_le16(octets + 2);
	if (end > length)
		return FRAME_ETRUNCATED;
	if (end < 4)
		return FRAME_ETAP;
	while (at < end && !error) {
		size_t value = end - at < 4 ? end : get_le16(octets + at + 2);

		if (value > end - at - 4 || end - at < 4)
			return FRAME_ETAP;
		error = read_tlv(tap, get_le16(octets + at), octets + at + 4, value);
		at += 4 + value + (-value & 3);
	}
	return error ? error : (int)end;
}
