/* zep.h - frames that a sniffer or a simulator sent over a network: the ZigBee Encapsulation
 * Protocol, versions 1 and 2, in UDP from or to port 17754, as captures of Ethernet (with or
 * without VLAN tags), Linux's cooked ones and raw IP hold it. Never copies, never reads past a
 * packet's length. */
#ifndef ZEP_H
#define ZEP_H

#include <stdbool.h>

#include "packet/packet.h"

/* Whether packets of this link type are of use for what they may hold in ZEP, and for nothing
 * else: 1, 113, 276. */
bool zep_may_hold(uint16_t link_type);

enum zep_result {
	ZEP_NONE,    /* no ZEP, or none of its messages that hold a frame; p is unchanged */
	ZEP_FCS,     /* p is a frame with an FCS (link type 195) */
	ZEP_TI,      /* p is a frame that ends as TI's radios end it ("LQI mode"; link type 195) */
	ZEP_DAMAGED, /* its length says more than there is; p is unchanged */
};

/* p: of any link type. IP fragments are not put together: they are ZEP_NONE. */
enum zep_result zep_unwrap(struct envelope_packet *p);

#endif
