/* fcs.h - what ends the frames of a probe's line: nothing, a frame check sequence, or what a radio
 * puts in its place; told by option, or found out. Never does I/O, never allocates.
 *
 * PROBE_FCS_AUTO: every frame is evidence, in bits, for what ends the frames of this line.
 *   CRC-16  a right CRC over the whole frame is worth 16 (chance: one in 65536), a wrong one costs
 *           3 (the air has errors too)
 *   TI      CRC-OK set, correlation 40..110 and an RSSI of -110..10 dBm are worth 3, else it costs
 *           4; the same two octets as in the frame before say nothing (a payload that repeats looks
 *           so)
 *   both    an immediate ACK of 5 octets is worth 8; a frame of under 5 octets costs 8
 *   none    stays at 0
 * All scores are kept within -24..24, so that a line that changes is noticed. What leads both
 * others by 8 is in force from that frame on, and until another leads by 8. Before the first
 * decision frames pass as they are. A CRC-16 shows with the first frame, TI's octets with the
 * third, or with the second where one is an ACK. */
#ifndef FCS_H
#define FCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probe_frame.h"

enum probe_fcs {
	PROBE_FCS_NONE,  /* frames end with their MAC payload or MIC */
	PROBE_FCS_CRC16, /* the two octets of FCS-16 follow */
	PROBE_FCS_TI, /* two octets of Texas Instruments' radios follow instead: RSSI, CRC-OK (bit
	                 7) and correlation */
	PROBE_FCS_AUTO,
};

struct fcs {
	enum probe_fcs mode; /* in force: never AUTO */
	bool automatic;
	bool decided; /* automatic: mode is more than the beginning's */
	int rssi_offset;
	int crc16_score, ti_score;
	uint8_t last_pair[2];
};

/* rssi_offset: dB, added to the RSSI octet of TI. */
void fcs_init(struct fcs *f, enum probe_fcs mode, int rssi_offset);

/* A frame of the line as it came, before fcs_strip: evidence. true: what is in force has changed.
 * Does nothing unless automatic. */
bool fcs_weigh(struct fcs *f, const uint8_t *octets, size_t length);

/* Takes off the end of a frame (mac, length) what is in force, and sets the frame's verdict, fcs
 * and radio values by it. false: the frame is too short to have it; it is unchanged. */
bool fcs_strip(const struct fcs *f, struct probe_frame *frame);

#endif
