/* station.h - what the threads of amqp-serial share: the probe's line, the ring behind it, and the
 * bridge. */
#ifndef STATION_H
#define STATION_H

#include "agent/bridge.h"
#include "probe/reader.h"
#include "settings.h"
#include "tee.h"

struct station {
	const struct settings *settings;
	struct probe_reader line; /* the "port" thread's */
	struct sender sender;     /* what is to be sent: from the downlink to the port */
	struct port port;
	struct ring *ring; /* what the probe gives, TAP packets: from the port to the uplink */
	struct bridge bridge;
	struct tee *tee; /* NULL: none */
};

/* 0, or -1 with why, which is not NULL. st: static storage; s stays the caller's. */
int station_open(struct station *st, const struct settings *s, struct why *why);
void station_close(struct station *st);

#endif
