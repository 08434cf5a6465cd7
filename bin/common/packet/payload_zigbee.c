/* payload_zigbee.c - the network header of Zigbee (specification, 3.3.1). */
#include "packet/payload_reading.h"

enum { INTER_PAN = 3 };

bool payload_read_zigbee(struct reading *r)
{
	struct zigbee *z = &r->p->zigbee;
	const uint8_t *p = r->octets + r->at;

	if (r->end - r->at < 8 || (p[0] & 3) == INTER_PAN)
		return false;
	z->is_there = true;
	z->type = p[0] & 3;
	z->secured = p[1] & 0x02;
	z->destination = (uint16_t)(p[2] | p[3] << 8);
	z->source = (uint16_t)(p[4] | p[5] << 8);
	z->radius = p[6];
	z->sequence = p[7];
	return true;
}
