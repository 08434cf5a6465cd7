/* verdict.h - what becomes of the octets between two ENDs: text of the mote is shown and left out,
 * what ends a frame is found out and taken off, and the frame has its verdict. Never does I/O but
 * for the log, never allocates; all that is left out is counted (the section of the line, such as
 * "slip", and "probe"). */
#ifndef PROBE_VERDICT_H
#define PROBE_VERDICT_H

#include "base/stats.h"
#include "probe/fcs.h"
#include "probe/probe_frame.h"

enum { VERDICT_LINE_COUNTERS = 2, VERDICT_COUNTERS = 7 };

struct verdicts {
	const char *name; /* of the port or file, for words; the caller's */
	struct fcs fcs;
	bool booted;     /* the mote has printed that it begins anew; the caller makes it false */
	bool told_other; /* what is no frame and no text */
	struct counter line_counters[VERDICT_LINE_COUNTERS]; /* text, not_a_frame */
	struct counter counters[VERDICT_COUNTERS];
};

/* v: static storage (its counters are registered), once a process. section: of the line. */
void verdict_init(struct verdicts *v, const char *section, enum probe_fcs fcs, int rssi_offset);

enum verdict_outcome {
	VERDICT_FRAME,
	VERDICT_TOO_SHORT, /* a frame with no room for what ends it: left out */
	VERDICT_NO_FRAME,  /* text, or another protocol's: left out */
};

/* f->mac[0..length) is what stood between two ENDs. Of a VERDICT_FRAME mac, length, verdict, fcs
 * and what TI's octets say are set; mac may be further on, where text stood before the frame (which
 * is counted as text, too). */
enum verdict_outcome verdict_of_frame(struct verdicts *v, struct probe_frame *f);

/* What stands at the beginning of a file, n octets of SLIP, before it is read: where --fcs auto
 * will find TI's octets, and all frames before may end in them too, it has found them already. */
void verdict_look_ahead(struct verdicts *v, const uint8_t *octets, size_t n);

/* So many frames of each verdict are counted: those of verdict_of_frame, and those of which the
 * firmware has said what it is. */
void verdict_count(struct verdicts *v, const unsigned frames[PROBE_VERDICTS]);
/* Text of the mote, as the firmware has found it. */
void verdict_of_text(struct verdicts *v, const uint8_t *octets, size_t length);

#endif
