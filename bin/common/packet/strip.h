/* strip.h - link layers off: what a capture holds becomes a raw IP packet or a MAC frame without
 * FCS. Never copies, never allocates, never reads past a packet's length. */
#ifndef STRIP_H
#define STRIP_H

#include <stdbool.h>

#include "packet/packet.h"

/* IEEE 802.15.4 with what the PHY puts before a frame, and an FCS, as 195 has it. */
enum { STRIP_LINK_NONASK_PHY = 215 };

/* Whether packets of this link type can be stripped: 101, 228, 229 and the DLT_RAW values of
 * systems (12, 14) are raw IP; 0, 1, 108, 113 and 276 may have IP behind a header (link_layer.h);
 * 195, 215, 230 and 283 are IEEE 802.15.4. */
bool strip_knows(uint16_t link_type);

/* Whether frames of this link type (195, 215) end in what nothing in a packet says. */
bool strip_leaves_fcs_open(uint16_t link_type);

enum strip_result {
	STRIP_OK,
	STRIP_BAD_FCS,   /* stripped like the others; the FCS it had was wrong */
	STRIP_NOT_IP,    /* empty, or neither IPv4 nor IPv6 by its first octet or its link layer */
	STRIP_TOO_SHORT, /* no longer than its FCS or its pseudo-header says: nothing would be left;
	                    or the pseudo-header is damaged, or the PHY's length is longer */
	STRIP_CUT,       /* strip_captured: more is missing than its FCS */
	STRIP_RESULTS
};

/* Makes p raw IP (ENVELOPE_LINK_RAW) or a frame without FCS (ENVELOPE_LINK_IEEE802_15_4_NOFCS);
 * with keep_tap a frame with a pseudo-header stays as it is. p is of a known link type. On NOT_IP
 * and TOO_SHORT p is unchanged. What ends a frame of link type 195 or 215: as STRIP_FCS_AUTO. */
enum strip_result strip(struct envelope_packet *p, bool keep_tap);

/* What ends the frames of link types 195 and 215. AUTO: an FCS-16, as the link type says; where
 * that is wrong and an FCS-32 is right, which chance makes of one frame in 2^32, an FCS-32; where
 * both are wrong, what was right in the frames before. */
enum strip_fcs {
	STRIP_FCS_AUTO,
	STRIP_FCS_NONE,
	STRIP_FCS_CRC16,
	STRIP_FCS_CRC32,
	STRIP_FCS_TI, /* RSSI, CRC-OK and correlation, of Texas Instruments' radios */
};

struct strip_capture {
	bool keep_tap;
	enum strip_fcs fcs;
	/* Of frames of link types 195 and 215 up to now: those whose FCS-16 was right, else whose
	 * FCS-32 was, else the others. Not counted with NONE and TI. */
	uint64_t right16, right32, wrong;
	bool had_open; /* there was a frame of those link types: fcs was needed */
};

/* The same for a packet of a capture, of which so many octets at its end were on the air and were
 * not captured: where that is its FCS the frame is whole (and a pseudo-header goes, whatever
 * keep_tap says). On CUT p is unchanged. */
enum strip_result strip_captured(struct strip_capture *c, struct envelope_packet *p,
                                 size_t missing);

/* Octets of the FCS that a TAP pseudo-header says (FRAME_TAP_FCS_...). */
size_t strip_fcs_size(unsigned fcs_type);
/* Whether frame ends in a right one. True where there is none. */
bool strip_fcs_ok(unsigned fcs_type, const uint8_t *frame, size_t length);
/* What a frame of link type 195 ends in, by itself: FRAME_TAP_FCS32 where that is right and an
 * FCS-16 is not, else FRAME_TAP_FCS16. */
unsigned strip_fcs_type(const uint8_t *frame, size_t length);

#endif
