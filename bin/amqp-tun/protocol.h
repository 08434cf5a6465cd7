/* protocol.h - what the two processes of amqp-tun say to each other, and what may be asked for. The
 * process that speaks to the broker sends requests of one size, one at a time; the keeper
 * (privileged/) answers each with a reply of the same number, and with descriptors. Never touches
 * the system, never parses text.
 *
 * Nothing else is included on both sides but address.h: an address is a plain value, and both must
 * mean the same by it. What is decided here is decided by the same code in both processes, with the
 * same words; the keeper's verdict counts. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"
#include "base/words.h"

/* What an interface has. Without an address of a family: AF_UNSPEC. */
struct configuration {
	struct address ipv6, ipv4;
	/* The old agent's network behind this one: the route is to its /64, the host is for the
	 * messages. */
	struct address re_route;
	/* The network behind the other agent, as the old agent routes it to the tunnel. */
	struct address route;
};

enum { PROTOCOL_NETS_MAX = 64, PROTOCOL_BEHIND_MAX = PROTOCOL_NETS_MAX + 1 };

/* What the command line says about the interface. Both processes have it from before the fork:
 * nothing of it is ever sent. Strings point into argv. */
struct interface_options {
	const char *name;        /* NULL: the kernel chooses */
	const char *netns;       /* NULL: the namespace of the process */
	const char *re_route_if; /* NULL: no re-routing, whatever is asked for */
	unsigned mtu;
	bool offload; /* super-packets, where the kernel has them */
	struct configuration wanted;
	struct address allowed[PROTOCOL_NETS_MAX]; /* what others may choose addresses from */
	unsigned allowed_count;
	struct address networks[PROTOCOL_NETS_MAX]; /* that packets are re-routed to */
	unsigned network_count;
	struct address peer_nets[PROTOCOL_NETS_MAX]; /* that lie behind peers */
	unsigned peer_net_count;
	struct address routes[PROTOCOL_NETS_MAX]; /* that lie behind whoever is at the other end */
	unsigned route_count;
	/* What must be reached from here without the tunnel. */
	struct address brokers[PROTOCOL_NETS_MAX];
	unsigned broker_count;
	int ready_fd; /* the child's alone; -1: none */
	/* Runs in the keeper once it stands alone: overwrites the secrets that are the other
	 * process's. May be NULL. */
	void (*forget)(void *secrets);
	void *secrets;
};

/* Whose the process is that speaks to the broker. */
struct identity {
	const char *name; /* NULL: the user who started the tool */
	uid_t user;
	gid_t group;
};

enum keeper_operation {
	KEEPER_OPEN = 1,      /* enter the namespace and open the device */
	KEEPER_CONFIGURE = 2, /* make the interface; once */
	KEEPER_FILE = 3       /* open a file that options name, for reading */
};

struct keeper_request {
	uint32_t operation;
	uint32_t number;             /* of this request: the reply has it too */
	uint32_t file;               /* KEEPER_FILE: the index that base/outside.h has of it */
	struct configuration wanted; /* KEEPER_CONFIGURE */
};

/* With the reply to KEEPER_CONFIGURE come descriptors, each where there are those before it: the
 * device; the kernel's news of addresses and links; the interfaces' counters. With that to
 * KEEPER_FILE comes the file's. */
enum { KEEPER_DESCRIPTORS = 3 };

struct keeper_reply {
	int32_t outcome; /* 0, or -1 with why */
	uint32_t number;
	uint32_t offload;      /* of the device: not 0 where it has super-packets */
	char ifname[IFNAMSIZ]; /* NUL-terminated */
	/* Of KEEPER_CONFIGURE: what was wanted, without what this host does not have. */
	struct configuration in_force;
	struct why why;
};

/* Whether an interface may be made so: as the options say, or within what they allow. 0, or -1 with
 * why. */
int protocol_check(const struct interface_options *o, const struct configuration *c,
                   struct why *why);
/* Whether the networks behind leave out the interface's own addresses. 0, or -1 with why. */
int protocol_check_behind(const struct interface_options *o, const struct configuration *c,
                          struct why *why);
/* The networks of its addresses hold no broker's address, which was reached by another way before.
 * 0, or -1 with why. */
int protocol_check_brokers(const struct interface_options *o, const struct configuration *c,
                           struct why *why);

/* Whether the routes leave alone what is no business of the tunnel: the broker, its own networks,
 * the networks behind this agent. 0, or -1 with why. */
int protocol_check_routes(const struct interface_options *o, const struct configuration *c,
                          struct why *why);
/* All routes to what is behind the other end, but for those of peers; returns their number. */
unsigned protocol_routes(const struct interface_options *o, const struct configuration *c,
                         struct address routes[PROTOCOL_BEHIND_MAX]);
/* All networks that packets are re-routed to; returns their number. */
unsigned protocol_behind(const struct interface_options *o, const struct configuration *c,
                         struct address networks[PROTOCOL_BEHIND_MAX]);

#endif
