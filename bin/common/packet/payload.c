#include "packet/payload.h"

#include <string.h>

#include "packet/payload_reading.h"

/* --- where a packet is: in the MAC's payload, or in an MPX IE --- */

enum { MPX_WISUN = 2, MPX_IPV6 = 0x86dd, MPX_LOWPAN = 0xa0ed, WISUN_LOWPAN = 1 };

/* What is in a whole frame of MPX. */
static bool begin_multiplexed(struct reading *r, const struct frame_ie_value *v, bool *is_ipv6)
{
	bool is_whole = v->form == FRAME_IE_FORM_MPX && v->mpx.transfer_type < 2;
	bool is_wisun = v->mpx.multiplex_id == MPX_WISUN && v->rest.length &&
	                r->octets[v->rest.offset] == WISUN_LOWPAN;

	*is_ipv6 = v->mpx.multiplex_id == MPX_IPV6;
	if (!is_whole || (v->mpx.multiplex_id != MPX_LOWPAN && !is_wisun && !*is_ipv6))
		return false;
	r->at = v->rest.offset + (size_t)is_wisun;
	r->end = (size_t)v->rest.offset + v->rest.length;
	return r->at < r->end;
}

static bool find_multiplexed(struct reading *r, const struct frame *f, bool *is_ipv6)
{
	struct frame_ie_iterator it;
	struct frame_ie_value v;
	struct frame_ie ie;

	frame_ie_iterator_init(&it, FRAME_IE_PAYLOAD, r->octets, f->payload_ies);
	while (frame_ie_next(&it, &ie, NULL) == 1) {
		if (ie.id != FRAME_IE_MPX)
			continue;
		frame_ie_parse(&v, r->octets, &ie);
		if (begin_multiplexed(r, &v, is_ipv6))
			return true;
	}
	return false;
}

static bool read_by_hint(struct reading *r, enum frame_hint hint)
{
	switch (hint) {
	case FRAME_HINT_6LOWPAN:
	case FRAME_HINT_THREAD_MLE:
		payload_read_lowpan(r);
		return true;
	case FRAME_HINT_ZIGBEE:
		return payload_read_zigbee(r);
	case FRAME_HINT_ZIGBEE_GREEN_POWER:
		return payload_read_green_power(r);
	default:
		return false;
	}
}

/* In two halves: of one memset of this size compilers make a string instruction, which takes
 * longer than reading the headers. */
static void clear_lowpan(struct lowpan *l)
{
	memset(l, 0, sizeof *l / 2);
	memset((uint8_t *)l + sizeof *l / 2, 0, sizeof *l - sizeof *l / 2);
}

/* What is not there is not to be read: clearing all of it would take longer than reading a packet.
 */
static void begin(struct payload *p)
{
	clear_lowpan(&p->lowpan);
	p->ip.is_there = p->icmp.is_there = p->rpl.is_there = false;
	p->coap.is_there = p->mle.is_there = false;
	p->application = (struct application){0};
	p->zigbee = (struct zigbee){0};
	p->clause = NULL;
}

/* What begins with a compressed header is 6LoWPAN, and so is MLE in it. */
static enum frame_hint find_hint(const struct frame *f, const uint8_t *octets)
{
	bool is_data = f->type == FRAME_DATA || f->type == FRAME_MULTIPURPOSE;
	bool is_encrypted = f->security_enabled && f->security.level & 4 && !f->decrypted;

	if (is_data && !is_encrypted && f->payload.length > 2 &&
	    (octets[f->payload.offset] & 0xe0) == 0x60)
		return FRAME_HINT_6LOWPAN;
	return frame_hint(f, octets);
}

bool payload_parse(struct payload *p, const struct frame *f, const uint8_t *octets)
{
	struct reading r = {octets,
	                    f->payload.offset,
	                    (size_t)f->payload.offset + f->payload.length,
	                    p,
	                    f->source,
	                    f->destination,
	                    false,
	                    0};
	enum frame_hint hint;
	bool is_ipv6;

	if (f->error || f->type == FRAME_BEACON || f->type == FRAME_COMMAND)
		return false;
	if (!f->payload.length && !f->payload_ies.length)
		return false;
	hint = find_hint(f, octets);
	if (hint == FRAME_HINT_UNKNOWN && !f->payload_ies.length)
		return false;
	begin(p);
	if (f->payload_ies.length && find_multiplexed(&r, f, &is_ipv6)) {
		if (is_ipv6)
			payload_read_ipv6(&r);
		else
			payload_read_lowpan(&r);
		return true;
	}
	return read_by_hint(&r, hint);
}
