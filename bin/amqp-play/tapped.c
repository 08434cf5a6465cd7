#include "tapped.h"

#include <string.h>

void tapped_put(struct tapped *t, struct envelope_packet *p, const struct frame_tap *radio,
                bool bad_fcs)
{
	int header = frame_tap_build(t->octets, FRAME_TAP_MAX, radio);

	if (header < 0 || p->length > TAPPED_FRAME_MAX)
		return;
	uint8_t *at = t->octets + header;
	memcpy(at, p->data, p->length);
	at += p->length;
	if (radio->fcs_type == FRAME_TAP_FCS16) {
		uint16_t fcs = frame_fcs16(p->data, p->length) ^ (bad_fcs ? 0xffff : 0);

		*at++ = (uint8_t)fcs;
		*at++ = (uint8_t)(fcs >> 8);
	}
	p->data = t->octets;
	p->length = (size_t)(at - t->octets);
	p->link_type = ENVELOPE_LINK_IEEE802_15_4_TAP;
}

void tapped_read(struct frame_tap *tap, const struct envelope_packet *p, enum zep_result zep,
                 const struct zep_radio *radio)
{
	*tap = (struct frame_tap){0};
	if (zep == ZEP_FCS || zep == ZEP_TI)
		*tap = (struct frame_tap){.has_channel = true,
		                          .channel = radio->channel,
		                          .has_lqi = radio->has_lqi,
		                          .lqi = radio->lqi};
	else if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		frame_tap_parse(tap, p->data, p->length, NULL);
}
