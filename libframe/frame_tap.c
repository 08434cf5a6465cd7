/* frame_tap.c - the pseudo-header of link type 283, IEEE802_15_4_TAP. */
#include "frame.h"

#include <string.h>

#include "frame_clear.h"
#include "frame_fault.h"
#include "frame_octets.h"

enum tlv {
	TLV_FCS_TYPE = 0,
	TLV_RSS = 1,
	TLV_BIT_RATE = 2,
	TLV_CHANNEL = 3,
	TLV_SUN_PHY = 4,
	TLV_START_OF_FRAME = 5,
	TLV_END_OF_FRAME = 6,
	TLV_ASN = 7,
	TLV_START_OF_SLOT = 8,
	TLV_TIMESLOT_LENGTH = 9,
	TLV_LQI = 10,
	TLV_FREQUENCY = 11,
	TLV_CHANNEL_PLAN = 12,
	TLV_COUNT
};

static const uint8_t lengths[TLV_COUNT] = {1, 4, 4, 3, 3, 8, 8, 8, 8, 4, 1, 4, 10};

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

static uint8_t *put_tlv(uint8_t *p, enum tlv type, uint64_t value)
{
	size_t length = lengths[type];

	p = put_le(put_le(p, type, 2), length, 2);
	return put_le(put_le(p, value, length), 0, -length & 3);
}

static uint8_t *put_if(uint8_t *p, bool has, enum tlv type, uint64_t value)
{
	return has ? put_tlv(p, type, value) : p;
}

static uint8_t *put_plan(uint8_t *p, const struct frame_tap *tap)
{
	if (!tap->has_channel_plan)
		return p;
	p = put_le(put_le(p, TLV_CHANNEL_PLAN, 2), lengths[TLV_CHANNEL_PLAN], 2);
	p = put_le(put_le(p, float_bits(tap->plan_start), 4), float_bits(tap->plan_spacing), 4);
	return put_le(p, tap->plan_channels, 4);
}

int frame_tap_build(uint8_t *out, size_t size, const struct frame_tap *tap)
{
	uint8_t header[FRAME_TAP_MAX], *p = put_tlv(header + 4, TLV_FCS_TYPE, tap->fcs_type);
	size_t length;

	p = put_if(p, tap->has_rss, TLV_RSS, float_bits(tap->rss));
	p = put_if(p, tap->has_bit_rate, TLV_BIT_RATE, tap->bit_rate);
	p = put_if(p, tap->has_channel, TLV_CHANNEL, tap->channel | (uint64_t)tap->page << 16);
	p = put_if(p, tap->has_sun_phy, TLV_SUN_PHY,
	           tap->sun_band | (uint64_t)tap->sun_type << 8 | (uint64_t)tap->sun_mode << 16);
	p = put_if(p, tap->has_start_of_frame, TLV_START_OF_FRAME, tap->start_of_frame);
	p = put_if(p, tap->has_end_of_frame, TLV_END_OF_FRAME, tap->end_of_frame);
	p = put_if(p, tap->has_asn, TLV_ASN, tap->asn);
	p = put_if(p, tap->has_start_of_slot, TLV_START_OF_SLOT, tap->start_of_slot);
	p = put_if(p, tap->has_timeslot_length, TLV_TIMESLOT_LENGTH, tap->timeslot_length);
	p = put_if(p, tap->has_lqi, TLV_LQI, tap->lqi);
	p = put_if(p, tap->has_frequency, TLV_FREQUENCY, float_bits(tap->frequency));
	p = put_plan(p, tap);
	length = (size_t)(p - header);
	put_le(put_le(header, 0, 2), length, 2);
	if (size < length)
		return FRAME_ESPACE;
	memcpy(out, header, length);
	return (int)length;
}

static void parse_channel(struct frame_tap *tap, const uint8_t *p)
{
	tap->has_channel = true;
	tap->channel = get_le16(p);
	tap->page = p[2];
}

static void parse_sun_phy(struct frame_tap *tap, const uint8_t *p)
{
	tap->has_sun_phy = true;
	tap->sun_band = p[0];
	tap->sun_type = p[1];
	tap->sun_mode = p[2];
}

static void parse_plan(struct frame_tap *tap, const uint8_t *p)
{
	tap->has_channel_plan = true;
	tap->plan_start = get_float(p);
	tap->plan_spacing = get_float(p + 4);
	tap->plan_channels = get_le16(p + 8);
}

static float parse_float(bool *has, const uint8_t *p)
{
	*has = true;
	return get_float(p);
}

static uint64_t parse_number(bool *has, const uint8_t *p, enum tlv type)
{
	*has = true;
	return get_le(p, lengths[type]);
}

static void parse_tlv(struct frame_tap *tap, enum tlv type, const uint8_t *p)
{
	switch (type) {
	case TLV_FCS_TYPE:
		tap->fcs_type = p[0];
		break;
	case TLV_RSS:
		tap->rss = parse_float(&tap->has_rss, p);
		break;
	case TLV_BIT_RATE:
		tap->bit_rate = (uint32_t)parse_number(&tap->has_bit_rate, p, type);
		break;
	case TLV_CHANNEL:
		parse_channel(tap, p);
		break;
	case TLV_SUN_PHY:
		parse_sun_phy(tap, p);
		break;
	case TLV_START_OF_FRAME:
		tap->start_of_frame = parse_number(&tap->has_start_of_frame, p, type);
		break;
	case TLV_END_OF_FRAME:
		tap->end_of_frame = parse_number(&tap->has_end_of_frame, p, type);
		break;
	case TLV_ASN:
		tap->asn = parse_number(&tap->has_asn, p, type);
		break;
	case TLV_START_OF_SLOT:
		tap->start_of_slot = parse_number(&tap->has_start_of_slot, p, type);
		break;
	case TLV_TIMESLOT_LENGTH:
		tap->timeslot_length = (uint32_t)parse_number(&tap->has_timeslot_length, p, type);
		break;
	case TLV_LQI:
		tap->lqi = (uint8_t)parse_number(&tap->has_lqi, p, type);
		break;
	case TLV_FREQUENCY:
		tap->frequency = parse_float(&tap->has_frequency, p);
		break;
	case TLV_CHANNEL_PLAN:
		parse_plan(tap, p);
		break;
	case TLV_COUNT:
		break;
	}
}

static int parse_header(const uint8_t *octets, size_t length, struct frame_fault *fault)
{
	size_t end;

	if (length < 4)
		return set_fault(fault, FRAME_ETRUNCATED, length,
		                 "TAP: version, reserved and length fields");
	if (octets[0])
		return set_fault(fault, FRAME_EVERSION, 0, "TAP: version 0");
	end = get_le16(octets + 2);
	if (end < 4)
		return set_fault(fault, FRAME_ETAP, 2, "TAP: length of the header and all TLVs");
	if (end > length)
		return set_fault(fault, FRAME_ETRUNCATED, length,
		                 "TAP: length of the header and all TLVs");
	return (int)end;
}

/* What the frame ends in depends on this one. */
static int check_fcs_type(const uint8_t *p, size_t length, size_t at, struct frame_fault *fault)
{
	if (length < lengths[TLV_FCS_TYPE])
		return set_fault(fault, FRAME_ETAP, at + 2, "TAP: TLV length");
	if (p[0] > FRAME_TAP_FCS32)
		return set_fault(fault, FRAME_ETAP, at + 4, "TAP: FCS type 0, 1 or 2");
	return FRAME_OK;
}

int frame_tap_parse(struct frame_tap *tap, const uint8_t *octets, size_t length,
                    struct frame_fault *fault)
{
	size_t at = 4, end;
	int result;

	frame_clear(tap, sizeof *tap);
	clear_fault(fault);
	result = parse_header(octets, length, fault);
	for (end = result < 0 ? 0 : (size_t)result; at < end;) {
		size_t type, value;

		if (end - at < 4)
			return set_fault(fault, FRAME_ETAP, at, "TAP: TLV type and length");
		type = get_le16(octets + at);
		value = get_le16(octets + at + 2);
		if (value > end - at - 4)
			return set_fault(fault, FRAME_ETAP, at + 2, "TAP: TLV length");
		if (type == TLV_FCS_TYPE && check_fcs_type(octets + at + 4, value, at, fault))
			return FRAME_ETAP;
		if (type < TLV_COUNT && value >= lengths[type])
			parse_tlv(tap, (enum tlv)type, octets + at + 4);
		at += 4 + value + (-value & 3);
	}
	return result;
}
