/* peers.h - the agents that we talk to directly: what they said about themselves, and which
 * addresses are theirs (sources.h). One thread changes what they said (downlink), one what this
 * host has (watch), all read it: every function locks for itself, and never for long. */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bus/settings.h"
#include "envelope.h"
#include "settings.h"

struct peers;

/* With the claims that names and --peer-net make. NULL: no memory. s must outlive it. */
struct peers *peers_new(const struct settings *s);
void peers_free(struct peers *p);

/* Our own addresses, and the networks behind us: nobody else's claim to them counts. */
void peers_set_own(struct peers *p, const struct configuration *own);

/* The addresses of this host's interfaces, as sources_set_host has them; copied. */
void peers_set_host(struct peers *p, const struct address *host, unsigned count);

/* A peer's tun.started. True where its run (the session) is new to us: it is to be answered. */
bool peers_note_started(struct peers *p, unsigned peer, const struct envelope_tun *started);

/* What the old library's templates have where no address is: 2.2.2.2. */
bool peers_is_placeholder(const struct address *a);
/* Whether something that it said there is not to be its own, with words. */
bool peers_refused(struct peers *p, unsigned peer, struct why *why);
/* Another value than before: whose an address is may have changed. */
unsigned peers_changes(const struct peers *p);

/* It says no more that it is there: as if it had never been heard. */
void peers_forget(struct peers *p, unsigned peer);

enum { PEERS_NOBODY = -1, PEERS_SELF = -2 };
/* Index of the peer that an address belongs to, PEERS_NOBODY or PEERS_SELF. */
int peers_owner(struct peers *p, int family, const uint8_t *octets);

/* Whom a packet to this address is for: a peer, where there are several, or PEERS_NOBODY: all. */
int peers_receiver(struct peers *p, int family, const uint8_t *destination);

/* Whether a packet with this source may come from this peer, or (PEERS_NOBODY) from a router:
 * sources_fit, or with --no-source-check sources_foreign. */
bool peers_source_fits(struct peers *p, int peer, int family, const uint8_t *source);

/* The best encoding that the peer, or all of them that are ours (PEERS_NOBODY), said that they
 * read; JSON without word from them. */
enum bus_encoding peers_encoding(struct peers *p, int peer);

/* The ways to a peer, or to all of them (PEERS_NOBODY). A peer is reached by one of them alone:
 * - own: keys of our own, for those that announced themselves as ours, or --encoding demands it;
 * - plain: JSON under fromAgent.ME, which a router carries, for all others together;
 * - direct: bit i, JSON under toAgent.PEER, to which peer i listens where it is an old agent. */
struct peers_ways {
	bool own, plain;
	uint64_t direct;
};
struct peers_ways peers_ways(struct peers *p, int peer);
/* Of the ways to this peer, or to all: those who are reached directly, and were not yet when a
 * packet of that time went out: it did not go to them so. In microseconds, which JSON has. */
uint64_t peers_direct_since(struct peers *p, int peer, int64_t time_ns);
/* Nobody listens to fromAgent.ME: peers that are not known as ours are tried directly. */
void peers_note_nobody(struct peers *p);
/* Nobody listens to toAgent.PEER. */
void peers_note_unreached(struct peers *p, unsigned peer);
/* The broker refuses keys of our own: nobody is reached by them. */
void peers_give_up_own_keys(struct peers *p);
/* ... or keys to agents: nobody is reached directly. */
void peers_give_up_direct(struct peers *p);
/* A peer that is reached by fromAgent.ME alone, or PEERS_NOBODY: for words. */
int peers_plain(struct peers *p);

/* Octets of the longest packet that the peer, or all of them (PEERS_NOBODY), said that they take;
 * 0: nobody said. */
unsigned peers_mtu(struct peers *p, int peer);

/* Index of the peer with this name, or PEERS_NOBODY. */
int peers_find(const struct peers *p, const char *name);

#endif
