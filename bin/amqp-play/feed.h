/* feed.h - reads the capture in a thread of its own, into a ring, so that an idle pipe never holds
 * up the broker's connection. Never drops: where the ring is full it waits, and so does whoever
 * writes into the pipe. Counts in section "capture": read = played + rejected_… + stopped
 * + filter.left_out (capture/choice.h). */
#ifndef FEED_H
#define FEED_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/stats.h"
#include "base/words.h"
#include "packet/ring.h"
#include "packet/strip.h"
#include "tapped.h"

#define FEED_PLAYABLE                                                                              \
	"IP (101, 228, 229; in Ethernet 1, cooked 113 and 276, loopback 0 and 108) or IEEE "       \
	"802.15.4 (195, 215, 230, 283, or in ZEP)"
/* Whether packets of it are among these. */
bool feed_takes(uint16_t link_type);

enum { FEED_COUNTERS = 10 };

struct feed {
	const char *path;
	const char *name;           /* the path, as it is called in messages */
	uint64_t passes;            /* how often the file is played; 0: until stopped */
	struct strip_capture strip; /* keep_tap and fcs are the caller's */
	int voice;                  /* of the packet under way: voices.h */
	uint16_t link_type;         /* of the capture; 0: a pcapng, packet by packet */
	bool told_of_fcs32, told_of_interface;
	struct tapped tapped;
	uint8_t told_of[(UINT16_MAX + 1) / 8]; /* a bit a link type that cannot be played */
	struct ring *ring;
	int event_fd; /* readable when opened or ended has changed */
	int room_fd;  /* readable when the ring has room again */
	_Atomic bool full;
	_Atomic bool opened,
		ended;          /* the capture's header has been read; no more packets will come */
	_Atomic bool from_file; /* not from a pipe: with a timing of its own to keep */
	_Atomic int status;     /* the tool's exit status, once ended */
	struct counter counters[FEED_COUNTERS];
};

/* The caller has set path, passes and strip. Static storage: its counters are registered. 0, or -1
 * with why. */
int feed_init(struct feed *f, struct why *why);
/* A worker: returns when the tool stops, not before. */
int feed_run(void *feed);
/* The other thread, which has read the oldest packet: its room in the ring is free. */
void feed_remove(struct feed *f);
/* When both threads have ended: what is still in the ring, and so many packets more, will not be
 * played. */
void feed_stopped(struct feed *f, uint64_t packets);
/* Once the capture is read: where its frames end in something else than --fcs says. */
void feed_warn_of_fcs(const struct feed *f);

#endif
