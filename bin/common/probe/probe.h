/* probe.h - what a probe mote says on its serial line: octets -> its firmware's reader -> text of
 * the mote, which is shown, and radio frames, which are judged, a few at a time. Does no I/O
 * but for the log, never allocates; every octet and frame that is left out is counted under its
 * reason (the firmware's section, and "probe"). */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "base/stats.h"
#include "probe/firmware.h"
#include "probe/probe_clock.h"
#include "probe/probe_frame.h"
#include "probe/verdict.h"

struct probe_options {
	int firmware;    /* the number of firmware_at; -1: not given, until probe_options_settle */
	int64_t channel; /* -1: not given */
	uint64_t max_frame;  /* octets */
	int clock;           /* 0: the host's; 1: the probe's, where it has one */
	int fcs;             /* enum probe_fcs */
	int64_t rssi_offset; /* dB that the chip's RSSI octet is off: -73 for CC253x and CC2538, -45
	                        for CC2420 */
	bool active;         /* frames are to be sent; no option of its own */
	struct stand_in stand_in;
	uint64_t pace_ms; /* between the beginnings of two frames that are sent; 0: none */
};
extern struct probe_options probe_options;
extern const struct option_spec probe_specs[];      /* --firmware, --channel, --max-frame,
                                                       --probe-clock, --fcs, --rssi-offset */
extern const struct option_spec probe_send_specs[]; /* --stand-in, --pace */

/* Once they have been read: what was not given has its default. Whether a firmware was. */
bool probe_options_settle(struct probe_options *o);
/* Whether the options fit the firmware that they choose: 0, or -1 with why. */
int probe_options_check(const struct probe_options *o, struct why *why);
/* The same of the channel alone, which this option has named in this value. */
int probe_options_check_channel(const struct probe_options *o, const char *option,
                                const char *value, struct why *why);
/* Never NULL. */
const struct firmware *probe_firmware(const struct probe_options *o);

struct probe {
	struct firmware_line line;
	struct verdicts verdicts;
	struct probe_clock clock;
	bool host_clock;
	int64_t now; /* monotonic ns, of the octets that are given next: the caller sets it */
	/* What a frame that was given to the radio has become. NULL: none was given. */
	void (*answered)(void *context, enum firmware_outcome outcome);
	void *context;
	unsigned frames; /* the number of that counter */
	struct firmware_event event;
	struct counter line_counters[FIRMWARE_COUNTERS_MAX];
};

/* p: static storage (its counters are registered), once a process. name: of the port or file, for
 * words; it stays the caller's. */
void probe_init(struct probe *p, const char *name, const struct probe_options *o);

/* Frames, one behind the other; they and their octets are valid until the next call. */
struct probe_frames {
	const struct probe_frame *frames;
	unsigned count; /* at most FIRMWARE_FRAMES_MAX */
};

/* Reads from in[0..n) until there are frames or the input is used up. Returns the octets used. n
 * may be 0: what has come due. Counters are up to date when the input is used up. time_ns: when the
 * octets came. Of the firmware's section, frames = probe.fcs_good + probe.fcs_bad + probe.unchecked
 * + probe.too_short. */
size_t probe_decode(struct probe *p, const uint8_t *in, size_t n, int64_t time_ns,
                    struct probe_frames *f);

/* Shows what the firmware has to say: after each call that was given p->line. */
void probe_tell(struct probe *p);

/* The line has ended: returns the octets of a frame without its end, which are lost and counted. */
size_t probe_finish(struct probe *p);

#endif
