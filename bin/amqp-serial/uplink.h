/* uplink.h - publishes what the probe gives. Frames are kept until the broker has confirmed them.
 * read = published + waiting + dropped_ack + dropped_bad_fcs + dropped_at_end */
#ifndef UPLINK_H
#define UPLINK_H

#include "station.h"

/* Registers the counters: before threads start. 0, or -1 with why. */
int uplink_open(struct bridge_uplink *bridge_uplink, struct station *st, struct why *why);
/* After the loop: what nobody will publish any more is counted. */
void uplink_count_rest(struct station *st);

#endif
