/* payload_hop.c - what a network of constrained nodes puts into IPv6 extension headers: RPL packet
 * information (RFC 6553), MPL (RFC 7731), source routes (RFC 6554). Private to payload_*.c. */
#include "packet/payload_reading.h"

enum { PAD_1 = 0, RPL_OLD = 0x63, RPL = 0x23, MPL = 0x6d };

static void take_rpl(struct lowpan *l, const uint8_t *p, size_t n)
{
	if (n < 4)
		return;
	l->has_rpi = true;
	l->instance = p[1];
	l->rank = (uint16_t)be16(p + 2);
}

/* The seed is the source, or stands behind the sequence, as its length says. */
static void take_mpl(struct lowpan *l, const uint8_t *p, size_t n)
{
	static const uint8_t seeds[] = {0, 2, 8, 16};
	size_t seed = n ? seeds[p[0] >> 6] : 0;

	if (n < 2 + seed)
		return;
	l->has_mpl = true;
	l->mpl_sequence = p[1];
	l->mpl_seed_length = (uint8_t)(seed < 8 ? seed : 8);
	l->mpl_seed = seed == 0 ? 0 : seed == 2 ? be16(p + 2) : be64(p + 2 + seed - 8);
}

void payload_take_hop_options(struct reading *r, const uint8_t *p, size_t n)
{
	struct lowpan *l = &r->p->lowpan;

	while (n > 0) {
		size_t length;

		if (p[0] == PAD_1) {
			p++;
			n--;
			continue;
		}
		if (n < 2 || p[1] > n - 2) {
			reading_fault_in(r, p, "ends inside a field", "RFC 8200 4.2 options");
			return;
		}
		length = p[1];
		if (p[0] == RPL || p[0] == RPL_OLD)
			take_rpl(l, p + 2, length);
		if (p[0] == MPL)
			take_mpl(l, p + 2, length);
		p += 2 + length;
		n -= 2 + length;
	}
}

enum { SOURCE_ROUTE = 3 };

/* RFC 6554 3: p begins with the Routing Type. All addresses but the last have left out as many
 * octets as CmprI says, the last as CmprE says. */
void payload_take_source_route(struct reading *r, const uint8_t *p, size_t n)
{
	size_t each, last, pad;

	if (n < 6 || p[0] != SOURCE_ROUTE)
		return;
	each = 16 - (size_t)(p[2] >> 4);
	last = 16 - (size_t)(p[2] & 0xf);
	pad = p[3] >> 4;
	if (n - 6 < pad + last)
		return;
	r->p->lowpan.has_routing = true;
	r->p->lowpan.hops = (uint16_t)((n - 6 - pad - last) / each + 1);
}
