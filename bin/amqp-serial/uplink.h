/* uplink.h - the thread that publishes what the probe hears. Frames are kept until the broker has
 * confirmed them. read = published + waiting + dropped_ack + dropped_bad_fcs + dropped_at_end */
#ifndef UPLINK_H
#define UPLINK_H

#include "base/loop.h"
#include "station.h"

struct worker uplink_worker(struct station *st);
/* After the loop: what nobody will publish any more is counted. */
void uplink_count_rest(struct station *st);

#endif
