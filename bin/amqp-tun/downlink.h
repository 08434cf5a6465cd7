/* downlink.h - from the bus to the interface. Never gives the interface a packet that is unchecked,
 * never lets a bad message hold up the next one. */
#ifndef DOWNLINK_H
#define DOWNLINK_H

#include "tunnel.h"

/* Registers the counters: before threads start. */
struct bridge_downlink downlink_open(struct tunnel *t);

#endif
