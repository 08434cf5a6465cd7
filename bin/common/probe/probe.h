/* probe.h - what a probe mote says on its serial line: octets -> SLIP -> frame check sequence ->
 * one radio frame at a time. Never does I/O, never allocates; every octet and frame that is left
 * out is counted under its reason (sections "slip" and "probe"). */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "base/stats.h"
#include "probe/probe_frame.h"
#include "probe/verdict.h"
#include "slip.h"

/* --fcs and --rssi-offset */
struct probe_options {
	int fcs;             /* enum probe_fcs */
	int64_t rssi_offset; /* dB that the chip's RSSI octet is off: -73 for CC253x and CC2538, -45
	                        for CC2420 */
};
extern struct probe_options probe_options;
extern const struct option_spec probe_specs[];

enum { PROBE_SLIP_COUNTERS = 7 };

struct probe {
	struct slip_decoder slip;
	uint8_t frame[FRAME_MAX];
	struct verdicts verdicts;
	uint64_t no_frames; /* between two ENDs: text, and other protocols */
	struct counter slip_counters[PROBE_SLIP_COUNTERS];
};

/* p: static storage (its counters are registered), once a process. */
void probe_init(struct probe *p, const struct probe_options *o);

/* Reads from in[0..n) until a frame is whole or the input is used up. Returns the octets used;
 * f->length is 0 where there is no frame. slip.frames = probe.fcs_good + probe.fcs_bad +
 * probe.unchecked + probe.too_short. */
size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frame *f);

/* The line has ended: returns the octets of a frame without its END, which are lost and counted. */
size_t probe_finish(struct probe *p);

#endif
