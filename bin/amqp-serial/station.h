/* station.h - what the threads of amqp-serial share: the probe's line, the ring behind it, and what
 * one has to tell the other. */
#ifndef STATION_H
#define STATION_H

#include <stdatomic.h>

#include "probe/reader.h"
#include "settings.h"

struct station {
	const struct settings *settings;
	struct probe_reader
		line;      /* the "port" thread's; its serial port is written by the downlink */
	struct ring *ring; /* what the probe hears, TAP packets: from the port to the uplink */
	int wake_fd;       /* readable: the uplink has to look at what follows */
	_Atomic uint64_t
		downlink_open; /* which of its connections is open with its queues bound, 0: none */
	_Atomic bool started_due; /* serial.started is to be said again */
};

/* 0, or -1 with why, which is not NULL. st: static storage; s stays the caller's. */
int station_open(struct station *st, const struct settings *s, struct why *why);
void station_wake_uplink(struct station *st);
void station_announce_again(struct station *st);
void station_close(struct station *st);

#endif
