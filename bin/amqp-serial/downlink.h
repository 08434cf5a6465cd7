/* downlink.h - gives the probe what the bus says it is to send.
 * received = delivered + waiting + rejected_* + dropped_* */
#ifndef DOWNLINK_H
#define DOWNLINK_H

#include "station.h"

/* Registers the counters: before threads start. */
struct bridge_downlink downlink_open(struct station *st);

#endif
