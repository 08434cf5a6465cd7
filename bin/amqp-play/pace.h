/* pace.h - when the packets of a capture are due, at its own pace. Never computes beyond its
 * numbers, whatever times a capture says, and never waits long without a word. */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
	const char *name; /* of the capture, in messages */
	double speed;     /* over 0; 2: twice as fast */
	double max_gap;   /* seconds between two packets at the most; 0: as the capture has it */
	/* its own; all zero before the first packet */
	int64_t last_due, last_time, told;
};

/* The time (monotonic, in ns; now, or later) at which the packet that was captured at time_ns is
 * due, behind the one that was asked for before. One whose time lies before its predecessor's is
 * due with it: so is the first of a capture that is played again, and one without a time (0). A
 * pause of over a minute is told of, and the next that is twice as long. */
int64_t pace_due(struct pace *p, int64_t time_ns, int64_t now);

#endif
