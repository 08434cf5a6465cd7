/* strip.h - link layers off: what a capture holds becomes a raw IP packet or a MAC frame without
 * FCS. Never copies, never allocates, never reads past a packet's length. */
#ifndef STRIP_H
#define STRIP_H

#include <stdbool.h>

#include "packet/packet.h"

/* Whether packets of this link type can be stripped: 101, 228, 229 and the DLT_RAW values of
 * systems (12, 14) are raw IP; 195, 230 and 283 are IEEE 802.15.4. */
bool strip_knows(uint16_t link_type);

enum strip_result {
	STRIP_OK,
	STRIP_BAD_FCS,   /* stripped like the others; the FCS it had was wrong */
	STRIP_NOT_IP,    /* empty, or neither IPv4 nor IPv6 by its first octet */
	STRIP_TOO_SHORT, /* no longer than its FCS or its pseudo-header says: nothing would be
	                  left */
	STRIP_RESULTS
};

/* Makes p raw IP (ENVELOPE_LINK_RAW) or a frame without FCS (ENVELOPE_LINK_IEEE802_15_4_NOFCS);
 * with keep_tap a frame with a pseudo-header stays as it is. p is of a known link type. On NOT_IP
 * and TOO_SHORT p is unchanged. */
enum strip_result strip(struct envelope_packet *p, bool keep_tap);

/* Octets of the FCS that a TAP pseudo-header says (FRAME_TAP_FCS_...). */
size_t strip_fcs_size(unsigned fcs_type);

#endif
