/* zep.h - frames that a sniffer or a simulator sent over a network: the ZigBee Encapsulation
 * Protocol, versions 1 and 2, in UDP from or to port 17754, as captures of raw IP and of what
 * link_layer.h knows hold it. Never copies, never reads past a packet's length. */
#ifndef ZEP_H
#define ZEP_H

#include <stdbool.h>

#include "packet/packet.h"

/* Whether packets of this link type may hold ZEP. */
bool zep_may_hold(uint16_t link_type);

enum zep_result {
	ZEP_NONE,    /* no ZEP; p is unchanged */
	ZEP_FCS,     /* p is a frame with an FCS (link type 195) */
	ZEP_TI,      /* p is a frame that ends as TI's radios end it ("LQI mode"; link type 195) */
	ZEP_ACK,     /* the receipt of such a message, which holds no frame; p is unchanged */
	ZEP_DAMAGED, /* its length says more than there is; p is unchanged */
};

/* What the message says of a frame beside its octets. Its clock is not told: a capture has one of
 * its own, and sniffers often have none. */
struct zep_radio {
	uint8_t channel;
	bool has_lqi; /* in LQI mode, else where somebody has set it: neither 0 nor 255 */
	uint8_t lqi;
};

/* p: of any link type. radio: filled with FCS and TI. IP fragments are not put together: they are
 * ZEP_NONE. */
enum zep_result zep_unwrap(struct envelope_packet *p, struct zep_radio *radio);

#endif
