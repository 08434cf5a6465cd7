/* peers.h - the agents that we talk to directly: what they said about themselves, and which
 * addresses are theirs. An address belongs to a peer by its tun.started, by its name (NAME_K) or by
 * --peer-net; the first claim wins, our own never move. One thread changes it (downlink), both read
 * it: every function locks for itself, and never for long. */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bus/bus.h"
#include "envelope.h"
#include "settings.h"

struct peers;

/* With the claims that names and --peer-net make. NULL: no memory. s must outlive it. */
struct peers *peers_new(const struct settings *s);
void peers_free(struct peers *p);

/* Our own addresses, and the networks behind us: nobody else's claim to them counts. */
void peers_set_own(struct peers *p, const struct configuration *own);

/* A peer's tun.started. True where its run (the session) is new to us: it is to be answered. */
bool peers_heard(struct peers *p, unsigned peer, const struct envelope_tun *started);

enum { PEERS_NOBODY = -1, PEERS_SELF = -2 };
/* Index of the peer that an address belongs to, PEERS_NOBODY or PEERS_SELF. */
int peers_owner(struct peers *p, int family, const uint8_t *octets);

/* Whether a packet with this source may come from this peer. A peer that claims no address may use
 * those that are nobody's. */
bool peers_source_fits(struct peers *p, unsigned peer, int family, const uint8_t *source);

/* The best encoding that the peer, or all of them (PEERS_NOBODY), said that they read; JSON without
 * word from them. */
enum bus_encoding peers_encoding(struct peers *p, int peer);

/* Octets of the longest packet that the peer, or all of them (PEERS_NOBODY), said that they take;
 * 0: nobody said. */
unsigned peers_mtu(struct peers *p, int peer);

/* Index of the peer with this name, or PEERS_NOBODY. */
int peers_find(const struct peers *p, const char *name);

#endif
