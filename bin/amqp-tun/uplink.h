/* uplink.h - from the interface to the bus. Never holds a packet back for a batch, never stops
 * reading the device: without a broker, packets are dropped and counted. */
#ifndef UPLINK_H
#define UPLINK_H

#include "tunnel.h"

/* Registers the counters: before threads start. 0, or -1 with why. */
int uplink_open(struct bridge_uplink *uplink, struct tunnel *t, struct why *why);

#endif
