#include "packet/frame_view.h"

#include "packet/strip.h"

bool frame_view(struct frame_view *v, const struct envelope_packet *p)
{
	struct envelope_packet mac = *p;
	enum strip_result result;

	if (!strip_knows(p->link_type))
		return false;
	result = strip(&mac, false);
	if (mac.link_type != ENVELOPE_LINK_IEEE802_15_4_NOFCS || result == STRIP_TOO_SHORT)
		return false;
	v->octets = mac.data;
	v->bad_fcs = result == STRIP_BAD_FCS;
	v->tap = (struct frame_tap){0};
	if (p->link_type == ENVELOPE_LINK_IEEE802_15_4_TAP)
		frame_tap_parse(&v->tap, p->data, p->length, NULL);
	frame_parse(&v->frame, mac.data, mac.length, FRAME_LENIENT, NULL);
	return true;
}
