/* tunnel.h - what the two directions share: the bridge, the interface once it is there, and the
 * peers. Never holds anything up: atomics, and the lock inside of struct peers. */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/bridge.h"
#include "icmp_answers.h"
#include "check.h"
#include "peers.h"
#include "requests.h"
#include "settings.h"
#include "start_limit.h"

/* What watch.c knows of the kernel's word. */
struct watch {
	int fd, wake_fd; /* -1: none; readable once the interface is there */
	unsigned index;  /* the interface's; 0: not known yet */
	uint32_t sequence;
	uint16_t asked; /* what is being answered; 0: nothing */
	bool stale;     /* addresses have changed since they were asked for */
	struct address *list;
	unsigned count, room;
};

struct tunnel {
	const struct settings *settings;
	int keeper; /* the socket for requests */
	struct peers *peers;
	/* Written before `device` is set, and not after. */
	struct tun_interface interface;
	struct configuration in_force;
	struct check_rules rules;
	_Atomic int device;   /* -1: no interface yet */
	_Atomic unsigned mtu; /* the interface's, as it is */
	struct watch watch;
	struct icmp_answers answers; /* to what came from the bus, for the uplink to publish */
	struct bridge bridge;
	struct batches *batches;        /* the uplink's */
	struct start_limit start_limit; /* the downlink's */
	/* Which keys it has been told of that nobody listens to them: 1 << enum batches_key. */
	_Atomic unsigned unheard;
};

/* Before threads start. 0, or -1 with why. */
int tunnel_open(struct tunnel *t, const struct settings *s, int keeper, struct why *why);
/* Asks the keeper for the interface. 0, or -1 with why. Once: by main before the threads start, or
 * by the downlink. */
int tunnel_make_interface(struct tunnel *t, const struct configuration *c, struct why *why);
/* The same, without c->route where that is in the way of another interface's network, which the
 * keeper alone sees: left_out says so then, and is "" otherwise. */
int tunnel_make_possible(struct tunnel *t, struct configuration *c, struct why *left_out,
                         struct why *why);

/* The interface has it: told to peers, and to whoever reads the log. From any thread. */
void tunnel_set_mtu(struct tunnel *t, unsigned mtu);

/* A peer claims what is not its own: counted, and said once a minute at the most. */
void tunnel_note_refused_claim(const char *name, const char *why);

/* Main thread: the kernel's count of what overflowed the interface's queue. */
void tunnel_count_dropped(struct tunnel *t);

#endif
