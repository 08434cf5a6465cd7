/* frame_ti.c - the two octets that TI radios put in the place of the FCS. */
#include "frame.h"

void frame_ti_parse(struct frame_ti *ti, const uint8_t octets[2])
{
	ti->rssi = (int8_t)octets[0]; /* two's complement */
	ti->crc_ok = octets[1] & 0x80;
	ti->correlation = octets[1] & 0x7f;
}

void frame_ti_build(uint8_t out[2], const struct frame_ti *ti)
{
	out[0] = (uint8_t)ti->rssi;
	out[1] = (uint8_t)(ti->crc_ok << 7 | (ti->correlation & 0x7f));
}
