/* reader.h - from a probe's port or file to packets: octets -> probe -> packets of one link type ->
 * the function that the caller gives. For a serial port it is a worker thread of its own, which
 * puts what it reads into a ring, so that reading never waits for what happens to the packets; it
 * tells the probe what its firmware wants to be told, and gives it what is to be sent.
 * Never drops a frame uncounted (section "line"): fcs_good + fcs_bad + unchecked (of "probe") =
 * passed + dropped_no_room + dropped_bad_fcs. */
#ifndef PROBE_READER_H
#define PROBE_READER_H

#include "base/progress.h"
#include "packet/ring.h"
#include "probe/hand_on.h"
#include "probe/listen.h"
#include "probe/port.h"
#include "probe/probe.h"
#include "probe/retune.h"
#include "probe/sender.h"

enum { PROBE_READER_COUNTERS = HAND_ON_COUNTERS + 1 };

struct probe_reader {
	struct probe probe;
	const char *name; /* of the port or file, for diagnostics */
	const struct probe_options *options;
	struct hand_on hand_on;
	struct port *port;     /* probe_reader_run; the caller's */
	struct sender *sender; /* NULL: nothing is to be sent; the caller's */
	struct retune *retune; /* NULL: the channel stays; the caller's */
	struct listen listen;  /* of a port */
	struct counter counters[PROBE_READER_COUNTERS];
	struct progress_wait silent, no_frame; /* said once */
};

/* r: static storage; name and options stay the caller's. The caller sets port, sender and retune
 * where it has one. */
void probe_reader_init(struct probe_reader *r, const char *name,
                       const struct probe_options *options, uint16_t link_type, hand_on_put *put,
                       void *to);
/* What is heard of each source becomes a part of the statistics (air_report.h), of the number-th of
 * several probes, or 0. Before threads start. 0, or -1 with why. */
int probe_reader_report_air(struct probe_reader *r, unsigned number, struct why *why);

/* From now on octets are waited for, and it is said when none come. */
void probe_reader_begin(struct probe_reader *r);
/* Octets that have come just now. */
void probe_reader_feed(struct probe_reader *r, const uint8_t *octets, size_t n);
/* Octets have come that the caller keeps back for now: what is waited for is a frame. */
void probe_reader_hold(struct probe_reader *r);
/* The input has ended: warns where it ended inside a frame, or never had one. Returns the exit
 * status: a file of which nothing could be used was the wrong one. */
int probe_reader_end(struct probe_reader *r);

/* Worker: reads the port until the stop (status 0). While the port is away it waits for it; then
 * the firmware is started again, and the first complete frame is the first that is passed. */
int probe_reader_run(void *reader);

#endif
