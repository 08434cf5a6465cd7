/* sources.h - whose an address is, and who may send from it: what the options and names give to
 * each peer, what this host keeps for itself, and what peers have said, which never reaches beyond
 * the two. Touches nothing and locks nothing: peers.h does.
 *
 * An address is, in this order,
 * - ours: the interface's, any other of this host, of a network behind it or of another interface
 *   (where --peer-net does not name a smaller one): nobody on the bus sends from it
 * - a peer's: by its name (NAME_K), by --peer-net, or because it said so and it is in the tunnel's
 *   own networks and nobody else's: whoever said it first
 * - nobody's. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "settings.h"

enum { SOURCES_NOBODY = -1, SOURCES_SELF = -2 };

enum { SOURCES_ADDRESSES = 3 }; /* IPv6, its link-local, IPv4; AF_UNSPEC: none */
struct source_claims {
	struct address is[SOURCES_ADDRESSES];
};

struct source_peer {
	struct source_claims name, said, stands; /* stands: what of `said` is accepted */
	uint64_t since;                          /* when it first said so: their order; 0: never */
};

struct sources {
	const struct settings *settings;
	struct source_claims own;
	struct address tunnel[2]; /* the interface's networks */
	struct address route;     /* in force, beside those of the options */
	struct address behind[SETTINGS_BEHIND_MAX];
	unsigned behind_count;
	const struct address *host; /* of its interfaces, each with its network */
	unsigned host_count;
	struct source_peer peers[SETTINGS_PEERS_MAX];
	uint64_t claims_made;
};

/* With the networks of settings, which must outlive it. */
void sources_init(struct sources *s, const struct settings *settings);
/* What a peer has by its name. */
void sources_set_name(struct sources *s, unsigned peer, const struct source_claims *claims);
/* What is in force on the interface, and the networks behind this host. */
void sources_set_own(struct sources *s, const struct configuration *own,
                     const struct address *behind, unsigned behind_count);
/* The addresses of all interfaces of this host, which must outlive it. prefix_length 255: the
 * network is the tunnel's, or one of every link, and only the address is ours. */
enum { SOURCES_ADDRESS_ALONE = 255 };
void sources_set_host(struct sources *s, const struct address *host, unsigned count);

/* What a peer says that it has. Of a kind (IPv6, IPv4) of which it says nothing, or something that
 * cannot be its own, what it said before stands. Returns the first that cannot be though the
 * tunnel has a network of that kind, with why (words that stay), or NULL. */
const struct address *sources_claim(struct sources *s, unsigned peer,
                                    const struct source_claims *claims, const char **why);
/* As if it had never said anything. */
void sources_forget(struct sources *s, unsigned peer);

/* A peer's index, SOURCES_NOBODY or SOURCES_SELF. */
int sources_owner(const struct sources *s, int family, const uint8_t *octets);
/* Whether a packet may come from this address. sender: a peer, or SOURCES_NOBODY: a router, which
 * sends for everybody in the tunnel's networks and behind its routes. */
bool sources_fit(const struct sources *s, int sender, int family, const uint8_t *source);
/* Whether it is an address that somebody may send from at all: none of no one, none of ours. */
bool sources_foreign(const struct sources *s, int family, const uint8_t *source);
/* No host's: unspecified, loopback, multicast, broadcast, reserved; IPv6's ::/32, with those that
 * stand for an IPv4 address (mapped, compatible, translated), and addresses of gateways (NAT64,
 * 6to4, Teredo) with such an IPv4 address in them. */
bool sources_no_ones(int family, const uint8_t *octets);

#endif
