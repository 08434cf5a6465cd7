/* hand_on.h - the frames that a probe's reader has read: to packets of one link type, to what is
 * known of each source, and on to whom the caller says. */
#ifndef PROBE_HAND_ON_H
#define PROBE_HAND_ON_H

#include "base/stats.h"
#include "packet/air.h"
#include "probe/probe.h"

/* Takes packets[0..n), in their order; returns for how many there was room. Their octets are valid
 * until it returns. */
typedef size_t hand_on_put(void *to, const struct envelope_packet *packets, size_t n);

enum { HAND_ON_PASSED, HAND_ON_NO_ROOM, HAND_ON_BAD_FCS, HAND_ON_COUNTERS };

struct hand_on {
	const char *name; /* of the port or file, for words; the caller's */
	uint16_t link_type;
	hand_on_put *put;
	void *to;
	struct air *air; /* NULL: it is not asked for */
	/* fcs_good + fcs_bad + unchecked (of "probe") = passed + dropped_no_room + dropped_bad_fcs
	 */
	struct counter *counters; /* [HAND_ON_COUNTERS], the caller's */
};

/* Counts each frame as passed, as one with a bad FCS and no place to say so, or as one for which
 * there was no room, which is warned of once. */
void hand_on_frames(struct hand_on *h, const struct probe_frames *f);

#endif
