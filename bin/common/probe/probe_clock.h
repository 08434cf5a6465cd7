/* probe_clock.h - a probe's own clock, tied to the host's: when a frame was heard, told from when
 * it arrived here. Never reads a clock, never allocates.
 *
 * A frame arrives late, never early: the smallest distance between the two clocks is the best. A
 * probe whose clock is faster is followed at once, a slower one over a minute. What is off by more
 * than 2 s has begun anew (a reboot), and is tied anew. */
#ifndef PROBE_CLOCK_H
#define PROBE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct probe_clock {
	bool tied;
	int64_t probe_ns; /* of the last frame: the probe's clock without wrap-around */
	int64_t offset;   /* host's - probe's */
	int64_t last;     /* the last frame's, on the host's clock */
};

/* us: what the probe says; wraps: modulo 2^32. host_ns: when it arrived. Returns when the frame was
 * heard, on the host's clock: at host_ns at the latest, and never before the frame before it,
 * unless the host's clock itself was set back. *probe_ns: the probe's clock, without
 * wrap-around. */
int64_t probe_clock_read(struct probe_clock *c, uint64_t us, bool wraps, int64_t host_ns,
                         uint64_t *probe_ns);

#endif
