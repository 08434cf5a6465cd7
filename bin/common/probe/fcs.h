/* fcs.h - what ends the frames of a probe's line: nothing, a frame check sequence, or what a radio
 * puts in its place; told by option, or found out. Never does I/O, never allocates.
 *
 * PROBE_FCS_AUTO decides on evidence only, and passes frames as they are until then.
 * Acknowledgments and frames that have come before (the same octets as one of the last 32 different
 * ones) prove nothing. CRC-16, CRC-32  the first frame has a right one, or 3 of the last 8 have. By
 * chance: one in 65 536 for the first frame, one in 5 * 10^12 for each further one. TI RSSI of
 * -105..-10 dBm and a correlation of 45..110 are worth 3 bits with CRC-OK set (chance: one in ten),
 * and 1 with it clear, unless these are more than the others; everything else costs 4. 27 bits
 * decide: nine good frames, or about fourteen of which 40 percent are bad. Two octets that were
 * there in one of the last 4 frames say nothing, nor does a number that is counted up in one of
 * them (a payload may end so). By chance: less than one in 10^8 a frame. A decision is taken back
 * when 32 different frames in a row speak against it: a wrong CRC; octets that are none of TI's.
 * Those of TI also when 40 of 64 do: of other frames one in five ends as TI's may. */
#ifndef FCS_H
#define FCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/probe_frame.h"

enum probe_fcs {
	PROBE_FCS_NONE,  /* frames end with their MAC payload or MIC */
	PROBE_FCS_CRC16, /* the two octets of FCS-16 follow */
	PROBE_FCS_CRC32, /* the four octets of FCS-32 follow (SUN PHYs) */
	PROBE_FCS_TI, /* two octets of Texas Instruments' radios follow instead: RSSI, CRC-OK (bit
	                 7) and correlation */
	PROBE_FCS_AUTO,
	PROBE_FCS_UNASKED, /* auto, for which nobody has asked */
};

enum fcs_event {
	FCS_NOTHING,
	FCS_OPEN,    /* once: frames enough have come, and none proves anything */
	FCS_DECIDED, /* mode is new, from this frame on */
	FCS_TAKEN_BACK,
};

enum { FCS_DIFFERENT = 32, FCS_PAIRS = 4 };

struct fcs {
	enum probe_fcs mode; /* in force: never AUTO */
	bool automatic;
	bool decided; /* automatic: mode is more than the beginning's */
	int rssi_offset;
	/* --- automatic --- */
	uint64_t hash[FCS_DIFFERENT]; /* of the last different frames, in a ring */
	unsigned different;           /* of them, since the beginning or the last decision */
	unsigned against;             /* in a row */
	uint64_t misfits;             /* of TI: a bit for each of the last 64 */
	bool not_first, told_open;
	uint8_t right16, right32; /* a bit for each of the last 8 different frames */
	int ti_score;
	unsigned ti_ok, ti_bad; /* frames that the score is made of */
	uint8_t pairs[FCS_PAIRS][2];
	int ti_step[2]; /* from the pair before to the last */
	unsigned pair_count;
};

/* rssi_offset: dB, added to the RSSI octet of TI. */
void fcs_init(struct fcs *f, enum probe_fcs mode, int rssi_offset);

/* A frame of the line as it came, before fcs_strip: evidence. Does nothing unless automatic. */
enum fcs_event fcs_weigh(struct fcs *f, const uint8_t *octets, size_t length);

/* Whether a frame may end in TI's two octets, for all that one can see; an acknowledgment that ends
 * in nothing may not. */
bool fcs_may_be_ti(const struct fcs *f, const uint8_t *octets, size_t length);

/* Takes off the end of a frame (mac, length) what is in force, and sets the frame's verdict, fcs
 * and radio values by it. false: the frame is too short to have it; it is unchanged. */
bool fcs_strip(const struct fcs *f, struct probe_frame *frame);

/* The same where that is a CRC and a right one, unless it may be that of zeros: it speaks for what
 * is in force, and nothing is to be weighed. false: the frame is unchanged. */
bool fcs_strip_right(struct fcs *f, struct probe_frame *frame);

/* "a CRC-16", ...: static. */
const char *fcs_in_words(enum probe_fcs mode);

#endif
