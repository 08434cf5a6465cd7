/* tapped.h - a frame with a pseudo-header (link type 283) put before it, for what a capture tells
 * of it beside its octets: channel, link quality, whether its FCS was right. */
#ifndef TAPPED_H
#define TAPPED_H

#include <stdbool.h>

#include "frame.h"
#include "packet/zep.h"

enum { TAPPED_FRAME_MAX = 2047 };

struct tapped {
	uint8_t octets[FRAME_TAP_MAX + TAPPED_FRAME_MAX + FRAME_FCS16_SIZE];
};

/* p: of link type NOFCS; becomes one of TAP, in t. radio: what it is to say; its FCS type FCS16
 * puts an FCS behind the frame: a wrong one where bad_fcs. A frame that is too long stays as it is.
 */
void tapped_put(struct tapped *t, struct envelope_packet *p, const struct frame_tap *radio,
                bool bad_fcs);

/* What a capture tells of p; where p was in ZEP, what that has told. zep, radio: of zep_unwrap. */
void tapped_read(struct frame_tap *tap, const struct envelope_packet *p, enum zep_result zep,
                 const struct zep_radio *radio);

#endif
