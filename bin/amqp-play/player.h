/* player.h - packets from the feed to the bus, at the pace of the capture: owns the broker
 * connection. Never publishes half a packet; ends only when the broker has answered for every
 * message, or when it is told to stop. */
#ifndef PLAYER_H
#define PLAYER_H

#include "base/histogram.h"
#include "bus/publisher.h"
#include "envelope.h"
#include "feed.h"
#include "pace.h"
#include "voices.h"

struct player {
	enum envelope_api api;
	bool pcap;        /* the encoding of the bodies; else JSON */
	struct pace pace; /* speed 0: as fast as possible */
	struct feed *feed;
	struct publisher *publisher;
	/* its own */
	struct delay late; /* from the time at which a packet was due (section "pace") */
	int timer_fd;
	bool has_due; /* due is of the packet at the head of the ring */
	int64_t due;  /* monotonic */
	uint8_t *body;
	size_t body_size;
	struct bus_publication message; /* units 0: none waits */
	bool told_of_pipe;
	/* what player_watch tells */
	_Atomic uint64_t played;
	_Atomic int64_t first_time, last_time, next_due; /* 0: none */
	bool refused; /* the bus took no more: nothing is tried before it has worked */
};

/* The caller has set api to feed. 0, or -1 with why. */
int player_init(struct player *p, struct why *why);
/* A worker, and what the main thread does for it. */
int player_run(void *player);
void player_watch(void *player);
void player_interrupt(void *player);

#endif
