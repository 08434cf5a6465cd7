/* tunnel.h - what the two directions share: the interface once it is there, the peers, and what is
 * to be announced. Each field says which thread writes it. Never holds anything up: atomics, and
 * the lock inside of struct peers. */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "peers.h"
#include "requests.h"
#include "settings.h"

/* What waits behind a bulk transfer is latency for everybody else: the interface's queue
 * (interface.c), each socket, the queue on the broker. A window of half a socket's bound is 80
 * Mbit/s over 50 ms, so not less. */
enum {
	TUNNEL_SOCKET_OCTETS = 1 << 20,
	TUNNEL_QUEUE_OCTETS = 4 << 20,
	TUNNEL_QUEUE_MESSAGES = 1000
};

struct tunnel {
	const struct settings *settings;
	int keeper; /* the socket for requests */
	struct peers *peers;
	/* Written before `device` is set, and not after. */
	struct tun_interface interface;
	struct configuration in_force;
	struct check_rules rules;
	_Atomic int device;             /* -1: no interface yet */
	_Atomic uint64_t downlink_open; /* the consumer's connection, counted; 0: closed (written by
	                                   the downlink) */
	_Atomic bool started_due; /* tun.started is to be published (set by the downlink, taken by
	                             the uplink) */
	int wake_fd;              /* readable: the uplink is to look at the above */
};

/* Before threads start. 0, or -1: no memory. */
int tunnel_open(struct tunnel *t, const struct settings *s, int keeper);
/* Asks the keeper for the interface. 0, or -1 with why. Once: by main before the threads start, or
 * by the downlink. */
int tunnel_make_interface(struct tunnel *t, const struct configuration *c, struct why *why);
void tunnel_wake_uplink(struct tunnel *t);
/* The peers should hear what is in force here. */
void tunnel_announce_again(struct tunnel *t);

/* Main thread: the kernel's count of what overflowed the interface's queue. */
void tunnel_count_dropped(struct tunnel *t);

#endif
