/* downlink.h - the thread from the bus to the interface. It owns the consuming connection and the
 * writing end of the device. Never gives the interface a packet that is unchecked, never lets a bad
 * message hold up the next one. */
#ifndef DOWNLINK_H
#define DOWNLINK_H

#include "base/loop.h"
#include "tunnel.h"

/* Makes the connection and the counters: before threads start. */
struct worker downlink_worker(struct tunnel *t);

#endif
