/* uplink.h - the thread from the interface to the bus. It owns the publishing connection and the
 * reading end of the device. Never holds a packet back for a batch, never stops reading the device:
 * without a broker, packets are dropped and counted. */
#ifndef UPLINK_H
#define UPLINK_H

#include "base/loop.h"
#include "tunnel.h"

/* Makes the connection and the counters: before threads start. */
struct worker uplink_worker(struct tunnel *t);

#endif
