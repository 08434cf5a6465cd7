/* bare.h - what a capture holds to what an agent publishes: raw IP packets and MAC frames without
 * FCS. Never copies, never allocates, never reads past a packet's length. */
#ifndef BARE_H
#define BARE_H

#include <stdbool.h>

#include "packet.h"

/* Whether packets of this link type of a capture can be played: 101, 228, 229 and the DLT_RAW
 * values of systems (12, 14) are raw IP; 195, 230 and 283 are IEEE 802.15.4. */
bool bare_known(uint16_t link_type);

enum bare_result {
	BARE_OK,
	BARE_BAD_FCS,   /* stripped like the others; the FCS it had was wrong */
	BARE_NOT_IP,    /* empty, or neither IPv4 nor IPv6 by its first octet */
	BARE_TOO_SHORT, /* shorter than its FCS or its pseudo-header says: nothing is left to send
	                 */
	BARE_RESULTS
};

/* Makes p raw IP (ENVELOPE_LINK_RAW) or a frame without FCS (ENVELOPE_LINK_IEEE802_15_4_NOFCS);
 * with keep_tap a frame with a pseudo-header stays as it is. p is of a known link type. On NOT_IP
 * and TOO_SHORT p is unchanged. */
enum bare_result bare(struct envelope_packet *p, bool keep_tap);

#endif
