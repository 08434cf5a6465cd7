/* settings.h - what amqp-tun was asked to do: its command line, with the defaults filled in and
 * every value checked. Never touches the system or the bus: what it cannot take is refused with
 * words, before anything is made. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "base/options.h"
#include "bus/settings.h"
#include "protocol.h"

enum {
	SETTINGS_PEERS_MAX = OPTION_LIST_MAX,
	SETTINGS_NETS_MAX = OPTION_LIST_MAX,
	SETTINGS_MTU_MIN = 1280
};
enum { SETTINGS_BEHIND_MAX = SETTINGS_NETS_MAX + 1 };

struct peer_net {
	unsigned peer; /* index into peers */
	struct address prefix;
};

/* The command line as it is typed. */
struct tun_options {
	const char *name, *ifname, *netns, *user, *ipv6, *ipv4;
	struct option_strings peers, peers_old, allowed, peer_nets, routes;
	uint64_t mtu;
	bool wait_start, force_bootstrap, no_source_check;
	const char *ipv6_prefix, *ipv6_host, *ipv4_address;
	const char *re_route_if, *re_route_host;
	struct option_strings re_route_prefixes;
	struct bus_settings bus;
};

struct settings {
	struct bus_settings bus;
	const char *name;
	const char *ifname;   /* NULL: the kernel chooses */
	const char *netns;    /* NULL: here */
	struct identity user; /* of the process that speaks to the broker */
	unsigned mtu;
	const char *peers[SETTINGS_PEERS_MAX];
	unsigned peer_count; /* 0: through a router */
	bool peer_old[SETTINGS_PEERS_MAX];
	struct peer_net peer_nets[SETTINGS_NETS_MAX];
	unsigned peer_net_count;
	struct address allowed[SETTINGS_NETS_MAX]; /* what tun.start may choose from */
	unsigned allowed_count;
	struct configuration wanted; /* by option, else by name */
	bool at_once;                /* make the interface without waiting for tun.start */
	bool source_check;
	bool offload;            /* super-packets, where the kernel has them */
	const char *re_route_if; /* NULL: no re-routing, whatever tun.start says */
	struct address networks[SETTINGS_NETS_MAX]; /* there, by option alone; configuration's comes
	                                               on top */
	unsigned network_count;
	struct address routes[SETTINGS_NETS_MAX]; /* to what is behind the other end */
	unsigned route_count;
	struct address brokers[SETTINGS_NETS_MAX]; /* that no route may hold */
	unsigned broker_count;
};

/* Ends the tool where the command line is wrong. Strings point into argv. */
void settings_parse(int argc, char **argv, struct settings *s);
/* The part without the command line: NULL, or words that say what is wrong (valid until the next
 * call). */
const char *settings_resolve(struct settings *s, const struct tun_options *o);

/* What of it the privileged process needs. Strings point where those of s do. */
void settings_interface(struct interface_options *o, const struct settings *s);
/* Whether an interface may be made so: what the options say, or within --allow-net. 0, or -1 with
 * why. */
int settings_check(const struct settings *s, const struct configuration *c, struct why *why);

/* What the old agent routes to its interface, by its name: cccc::/64 for one with "client" in it,
 * else aaaa::/64. */
struct address settings_old_route(const char *name);
/* All networks that packets are re-routed to; returns their number. */
unsigned settings_behind(const struct settings *s, const struct configuration *c,
                         struct address networks[SETTINGS_BEHIND_MAX]);

/* The addresses of an agent by its name: NAME_K, K from 1 to 254, has bbbb::K/64 and 10.2.0.K/24.
 * False: the name says nothing. */
bool settings_by_name(struct configuration *c, const char *name);

#endif
