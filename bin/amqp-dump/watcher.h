/* watcher.h - from the bus to the output: owns the broker connection.
 * Never drops uncounted (section "downlink"): messages = packet messages + control + rejected_...,
 * with
 * --raw messages = shown;
 * what a message holds beyond a record that cannot be read is still written. */
#ifndef WATCHER_H
#define WATCHER_H

#include "bus/consumer.h"
#include "base/histogram.h"
#include "base/progress.h"
#include "output.h"
#include "frame_keys/frame_keys.h"
#include "agent/decode.h"

enum { WATCHER_COUNTERS = 5 };

struct watcher {
	struct consumer *consumer;
	uint64_t count; /* end after so many packets; 0: never */
	enum output_shows shows;
	struct frame_keys *keys;     /* of 802.15.4 frames; NULL: none */
	double duration;             /* end after so many seconds; 0: never */
	double who_seconds;          /* --who: a table every so many; 0: never */
	bool kept;                   /* acknowledge what has been written */
	bool synced;                 /* kept: what is on the disk */
	const char *const *patterns; /* what is read; NULL ends them */
	bool deletes;                /* kept: the queue goes with a clean end */
	/* its own */
	uint64_t written;
	bool cut;       /* -c has left something of the message under way */
	bool unsettled; /* kept: in the file, and not yet acknowledged */
	struct decoder decoder;
	uint8_t room[ENVELOPE_PACKET_MAX]; /* the packet of a JSON body; one segment of a
	                                      super-packet */
	int64_t arrival_ns;                /* of the message under way */
	struct progress_wait silent;
	struct delay delay; /* from a packet's own time to its arrival here */
	struct counter counters[WATCHER_COUNTERS];
};

/* w: static storage (its counters are registered). The caller has set consumer to kept. */
void watcher_init(struct watcher *w);
/* A worker, and what the main thread does for it. */
int watcher_run(void *watcher);
void watcher_watch(void *watcher);
void watcher_interrupt(void *watcher);

#endif
