/* frame_view.h - a packet of whatever link type, looked at as an 802.15.4 frame. */
#ifndef FRAME_VIEW_H
#define FRAME_VIEW_H

#include <stdbool.h>

#include "frame.h"
#include "packet/packet.h"

struct frame_view {
	const uint8_t *octets; /* the packet's, without pseudo-header and FCS */
	struct frame frame;    /* as FRAME_LENIENT reads them */
	struct frame_tap tap;  /* all zero without a pseudo-header */
	bool bad_fcs;
};

/* False: it is no frame, or nothing is left of it; v is not to be read then. */
bool frame_view(struct frame_view *v, const struct envelope_packet *p);

#endif
