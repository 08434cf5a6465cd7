#include "cut.h"

int cut_begin(struct cut *c, const struct envelope_vnet *vnet, const struct envelope_packet *p,
              size_t mtu)
{
	c->mtu = mtu;
	c->fragmenting = false;
	c->time_ns = p->time_ns;
	return envelope_segmenter_init_own(&c->segmenter, vnet, p) < 0 ? -1 : 0;
}

static bool next_fragment(struct cut *c, struct envelope_packet *p)
{
	size_t octets = c->fragmenting ? fragmenter_next(&c->fragmenter, c->fragment) : 0;

	c->fragmenting = octets > 0;
	*p = (struct envelope_packet){c->fragment, octets, c->time_ns, ENVELOPE_LINK_RAW};
	return octets > 0;
}

bool cut_next(struct cut *c, struct envelope_packet *p)
{
	if (next_fragment(c, p))
		return true;
	if (envelope_segmenter_next(&c->segmenter, c->segment, sizeof c->segment, p) != 1)
		return false;
	c->fragmenting = c->mtu && p->length > c->mtu &&
	                 fragmenter_init(&c->fragmenter, p->data, p->length, c->mtu);
	return !c->fragmenting || next_fragment(c, p);
}
