/* downlink.h - the thread that gives the probe what the bus says it is to send.
 * received = delivered + waiting + rejected_* + dropped_* */
#ifndef DOWNLINK_H
#define DOWNLINK_H

#include "base/loop.h"
#include "station.h"

struct worker downlink_worker(struct station *st);
/* After the loop: what nobody will send any more is counted. */
void downlink_count_rest(void);

#endif
