#include "sources.h"

#include <string.h>

enum { TUNNEL = -3 }; /* of a network of the interface, and no peer's as far as that says */

static unsigned bits(int family)
{
	return 8 * (unsigned)address_size(family);
}

static bool is_link_local(int family, const uint8_t *octets)
{
	return family == AF_INET6 && octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
}

/* --- no one's --- */

static bool ipv4_no_ones(const uint8_t *octets)
{
	return octets[0] == 0 || octets[0] == 127 || octets[0] >= 224;
}

/* Where IPv6 addresses hold IPv4 ones: RFC 6052, RFC 3056, RFC 4380. */
static const struct {
	struct address prefix;
	uint8_t at, inverted; /* inverted: its octets are xored with it */
} embedded[] = {
	{{AF_INET6, {0, 0x64, 0xff, 0x9b}, 96}, 12, 0},
	{{AF_INET6, {0x20, 0x02}, 16}, 2, 0},
	{{AF_INET6, {0x20, 0x01, 0, 0}, 32}, 12, 0xff},
	{{AF_INET6, {0x20, 0x01, 0, 0}, 32}, 4, 0},
};
enum { EMBEDDED = sizeof embedded / sizeof embedded[0] };

/* Of the i-th kind; false: the address holds none. */
static bool read_embedded(uint8_t ipv4[4], unsigned i, const uint8_t *octets)
{
	if (!address_in(&embedded[i].prefix, AF_INET6, octets))
		return false;
	for (unsigned o = 0; o < 4; o++)
		ipv4[o] = octets[embedded[i].at + o] ^ embedded[i].inverted;
	return true;
}

/* ::/32 has the unspecified address, loopback, and all that stand for an IPv4 address (RFC
 * 4291 2.5.5, RFC 2765), and is no network's. */
static bool ipv6_no_ones(const uint8_t *octets)
{
	static const uint8_t zeros[4];
	uint8_t ipv4[4];

	if (octets[0] == 0xff || memcmp(octets, zeros, 4) == 0)
		return true;
	for (unsigned i = 0; i < EMBEDDED; i++)
		if (read_embedded(ipv4, i, octets) && ipv4_no_ones(ipv4))
			return true;
	return false;
}

bool sources_no_ones(int family, const uint8_t *octets)
{
	return family == AF_INET6 ? ipv6_no_ones(octets)
	                          : family != AF_INET || ipv4_no_ones(octets);
}

/* --- ours --- */

enum { LINK_LOCAL = 1 }; /* of a peer's addresses: it says it with the one before */

static bool claims_hold(const struct source_claims *claims, int family, const uint8_t *octets)
{
	for (unsigned i = 0; i < SOURCES_ADDRESSES; i++)
		if (address_is(&claims->is[i], family, octets))
			return true;
	return false;
}

/* A network's own address (of IPv6: its routers') and its broadcast address are no single
 * host's. */
static bool is_whole_network(const struct address *net, int family, const uint8_t *octets)
{
	struct address all = *net;

	if (net->family != family || net->prefix_length + 1u >= bits(family))
		return false;
	all = address_broadcast(net);
	return address_is(net, family, octets) ||
	       (family == AF_INET && address_is(&all, family, octets));
}

static bool is_ours(const struct sources *s, int family, const uint8_t *octets)
{
	if (claims_hold(&s->own, family, octets))
		return true;
	for (unsigned i = 0; i < 2; i++)
		if (is_whole_network(&s->tunnel[i], family, octets))
			return true;
	for (unsigned i = 0; i < s->host_count; i++)
		if (address_is(&s->host[i], family, octets))
			return true;
	return false;
}

/* --- networks: the longest prefix --- */

struct match {
	int owner, length;
};

static void match(struct match *m, const struct address *net, int owner, int family,
                  const uint8_t *octets)
{
	if (net->prefix_length > m->length && net->prefix_length <= bits(family) &&
	    address_in(net, family, octets))
		*m = (struct match){owner, net->prefix_length};
}

/* What is as long in two places is ours before it is a peer's; the interface's own network is
 * before one of another interface. */
static struct match longest(const struct sources *s, int family, const uint8_t *octets)
{
	struct match m = {SOURCES_NOBODY, -1};

	for (unsigned i = 0; i < s->behind_count; i++)
		match(&m, &s->behind[i], SOURCES_SELF, family, octets);
	for (unsigned i = 0; i < 2; i++)
		match(&m, &s->tunnel[i], TUNNEL, family, octets);
	for (unsigned i = 0; i < s->host_count; i++)
		match(&m, &s->host[i], SOURCES_SELF, family, octets);
	/* The tunnel's own network may be given to one peer. */
	if (m.owner == TUNNEL)
		m.length--;
	for (unsigned i = 0; i < s->settings->peer_net_count; i++)
		match(&m, &s->settings->peer_nets[i].prefix, (int)s->settings->peer_nets[i].peer,
		      family, octets);
	return m;
}

/* The route that is in force, and those of the options: behind whoever is at the other end. */
static bool is_routed(const struct sources *s, int family, const uint8_t *octets)
{
	struct match m = longest(s, family, octets);

	if (m.owner != SOURCES_NOBODY)
		return false;
	if (address_in(&s->route, family, octets))
		return true;
	for (unsigned i = 0; i < s->settings->route_count; i++)
		if (address_in(&s->settings->routes[i], family, octets))
			return true;
	return false;
}

/* --- peers --- */

/* By name or by what stands of what it said. */
static int claimant(const struct sources *s, int family, const uint8_t *octets)
{
	for (unsigned i = 0; i < s->settings->peer_count; i++)
		if (claims_hold(&s->peers[i].name, family, octets) ||
		    claims_hold(&s->peers[i].stands, family, octets))
			return (int)i;
	return SOURCES_NOBODY;
}

/* The same, and TUNNEL. */
static int place(const struct sources *s, int family, const uint8_t *octets)
{
	struct match m;
	int peer;

	if (!address_size(family))
		return SOURCES_NOBODY;
	if (is_ours(s, family, octets))
		return SOURCES_SELF;
	m = longest(s, family, octets);
	if (m.owner == SOURCES_SELF || (m.owner >= 0 && m.length == (int)bits(family)))
		return m.owner;
	peer = claimant(s, family, octets);
	return peer == SOURCES_NOBODY ? m.owner : peer;
}

int sources_owner(const struct sources *s, int family, const uint8_t *octets)
{
	int owner = place(s, family, octets);

	return owner == TUNNEL ? SOURCES_NOBODY : owner;
}

/* --- what peers say --- */

/* NULL, or why it cannot be this peer's. Link-local addresses are in every tunnel. */
static const char *unfit(const struct sources *s, unsigned peer, const struct address *a)
{
	const char *why = address_unfit(a);
	int owner;

	if (why)
		return why;
	if (sources_no_ones(a->family, a->octets))
		return "is no address of a host";
	owner = place(s, a->family, a->octets);
	if (owner == SOURCES_SELF)
		return "is this host's, or of a network of its own";
	if (owner >= 0)
		return owner == (int)peer ? NULL : "is another peer's";
	return owner == TUNNEL || is_link_local(a->family, a->octets)
	               ? NULL
	               : "is outside of the tunnel's networks (--peer-net names others)";
}

static unsigned next_in_order(const struct sources *s, uint64_t behind)
{
	unsigned next = SETTINGS_PEERS_MAX;

	for (unsigned i = 0; i < s->settings->peer_count; i++)
		if (s->peers[i].since > behind &&
		    (next == SETTINGS_PEERS_MAX || s->peers[i].since < s->peers[next].since))
			next = i;
	return next;
}

/* An address that it was granted stays until there is another, unless it has become somebody
 * else's. */
static void settle(struct sources *s, unsigned peer)
{
	struct source_peer *p = &s->peers[peer];

	for (unsigned i = 0; i < SOURCES_ADDRESSES; i++) {
		struct address granted = p->stands.is[i];

		p->stands.is[i].family = AF_UNSPEC;
		if (p->said.is[i].family != AF_UNSPEC && !unfit(s, peer, &p->said.is[i]))
			p->stands.is[i] = p->said.is[i];
		else if (granted.family != AF_UNSPEC && !unfit(s, peer, &granted))
			p->stands.is[i] = granted;
	}
}

/* Whoever spoke first is asked first, so that nothing that was said before our own networks were
 * known is lost. */
static void settle_all(struct sources *s)
{
	unsigned peer;

	for (uint64_t at = 0; (peer = next_in_order(s, at)) < SETTINGS_PEERS_MAX;
	     at = s->peers[peer].since)
		settle(s, peer);
}

/* Without one, nothing of that family enters. */
static bool has_network(const struct sources *s, int family)
{
	return s->tunnel[0].family == family || s->tunnel[1].family == family;
}

const struct address *sources_claim(struct sources *s, unsigned peer,
                                    const struct source_claims *claims, const char **why)
{
	struct source_peer *p = &s->peers[peer];
	const struct address *refused = NULL;

	if (!p->since)
		p->since = ++s->claims_made;
	for (unsigned i = 0; i < SOURCES_ADDRESSES; i++) {
		const struct address *a = &claims->is[i];
		const char *reason = a->family == AF_UNSPEC ? NULL : unfit(s, peer, a);

		if (a->family != AF_UNSPEC)
			p->said.is[i] = *a;
		if (reason && !refused && i != LINK_LOCAL && has_network(s, a->family)) {
			refused = a;
			*why = reason;
		}
	}
	settle_all(s);
	return refused;
}

void sources_forget(struct sources *s, unsigned peer)
{
	struct source_claims name = s->peers[peer].name;

	s->peers[peer] = (struct source_peer){.name = name};
	settle_all(s);
}

/* --- what is known of this end --- */

void sources_init(struct sources *s, const struct settings *settings)
{
	*s = (struct sources){.settings = settings};
}

void sources_set_name(struct sources *s, unsigned peer, const struct source_claims *claims)
{
	s->peers[peer].name = *claims;
}

void sources_set_own(struct sources *s, const struct configuration *own,
                     const struct address *behind, unsigned behind_count)
{
	static const struct address none;
	bool has_ipv6 = own->ipv6.family == AF_INET6, has_ipv4 = own->ipv4.family == AF_INET;

	s->own = (struct source_claims){
		{own->ipv6, has_ipv6 ? address_link_local(&own->ipv6) : none, own->ipv4}};
	s->tunnel[0] = has_ipv6 ? address_network(&own->ipv6) : none;
	s->tunnel[1] = has_ipv4 ? address_network(&own->ipv4) : none;
	s->route = own->route.family == AF_UNSPEC ? none : address_network(&own->route);
	for (unsigned i = 0; i < behind_count; i++)
		s->behind[i] = behind[i];
	s->behind_count = behind_count;
	settle_all(s);
}

void sources_set_host(struct sources *s, const struct address *host, unsigned count)
{
	s->host = host;
	s->host_count = count;
	settle_all(s);
}

/* --- who may send from it --- */

/* An IPv4 address inside of an IPv6 one is as much ours. */
static bool embeds_ours(const struct sources *s, int family, const uint8_t *octets)
{
	uint8_t ipv4[4];

	for (unsigned i = 0; family == AF_INET6 && i < EMBEDDED; i++)
		if (read_embedded(ipv4, i, octets) && place(s, AF_INET, ipv4) == SOURCES_SELF)
			return true;
	return false;
}

bool sources_foreign(const struct sources *s, int family, const uint8_t *source)
{
	return !sources_no_ones(family, source) && place(s, family, source) != SOURCES_SELF &&
	       !embeds_ours(s, family, source);
}

/* Whether a peer has, by name or word, an address of this kind in the tunnel. */
static bool is_settled(const struct source_peer *p, int family)
{
	unsigned i = family == AF_INET6 ? 0 : 2;

	return p->name.is[i].family == family || p->stands.is[i].family == family;
}

bool sources_fit(const struct sources *s, int sender, int family, const uint8_t *source)
{
	int owner = place(s, family, source);

	if (owner == SOURCES_SELF || sources_no_ones(family, source) ||
	    embeds_ours(s, family, source))
		return false;
	if (owner >= 0)
		return owner == sender || sender < 0;
	/* Few say which link-local address they have. */
	if (is_link_local(family, source))
		return true;
	if (owner == TUNNEL)
		return sender < 0 || !is_settled(&s->peers[sender], family);
	return (sender < 0 || s->settings->peer_count == 1) && is_routed(s, family, source);
}
