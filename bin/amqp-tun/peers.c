#include "peers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { CLAIMS = 3 }; /* IPv6, its link-local, IPv4 */

struct peer {
	struct address claims[CLAIMS];
	bool has_started;
	unsigned reads; /* 1 << enum bus_encoding */
	unsigned mtu;   /* 0: has not said */
	char session[ENVELOPE_FIELD_MAX + 1];
};

struct peers {
	pthread_mutex_t lock;
	const struct settings *settings;
	struct address own[CLAIMS];
	struct address behind[SETTINGS_BEHIND_MAX]; /* us */
	unsigned behind_count;
	struct peer list[SETTINGS_PEERS_MAX];
};

static int claimant(const struct peers *p, int family, const uint8_t *octets)
{
	for (unsigned i = 0; i < CLAIMS; i++)
		if (address_is(&p->own[i], family, octets))
			return PEERS_SELF;
	for (unsigned peer = 0; peer < p->settings->peer_count; peer++)
		for (unsigned i = 0; i < CLAIMS; i++)
			if (address_is(&p->list[peer].claims[i], family, octets))
				return (int)peer;
	return PEERS_NOBODY;
}

/* The longest prefix, of --peer-net or behind us. */
static int net_owner(const struct peers *p, int family, const uint8_t *octets)
{
	int owner = PEERS_NOBODY, longest = -1;

	for (unsigned i = 0; i < p->behind_count; i++)
		if (p->behind[i].prefix_length > longest &&
		    address_in(&p->behind[i], family, octets)) {
			owner = PEERS_SELF;
			longest = p->behind[i].prefix_length;
		}

	for (unsigned i = 0; i < p->settings->peer_net_count; i++) {
		const struct peer_net *net = &p->settings->peer_nets[i];

		if (net->prefix.prefix_length > longest &&
		    address_in(&net->prefix, family, octets)) {
			owner = (int)net->peer;
			longest = net->prefix.prefix_length;
		}
	}
	return owner;
}

static int owner_of(const struct peers *p, int family, const uint8_t *octets)
{
	int owner = claimant(p, family, octets);

	return owner == PEERS_NOBODY ? net_owner(p, family, octets) : owner;
}

static void claim(struct peers *p, unsigned peer, const struct address claims[CLAIMS])
{
	struct address *own = p->list[peer].claims;

	memset(own, 0, sizeof p->list[peer].claims);
	for (unsigned i = 0; i < CLAIMS; i++)
		if (!address_unfit(&claims[i]) &&
		    claimant(p, claims[i].family, claims[i].octets) == PEERS_NOBODY)
			own[i] = claims[i];
}

static void list_claims(struct address claims[CLAIMS], const struct configuration *c)
{
	memset(claims, 0, CLAIMS * sizeof *claims);
	claims[0] = c->ipv6;
	if (c->ipv6.family == AF_INET6)
		claims[1] = address_link_local(&c->ipv6);
	claims[2] = c->ipv4;
}

struct peers *peers_new(const struct settings *s)
{
	struct peers *p = calloc(1, sizeof *p);
	struct configuration by_name;
	struct address claims[CLAIMS];

	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->settings = s;
	list_claims(p->own, &s->wanted);
	p->behind_count = settings_behind(s, &s->wanted, p->behind);
	for (unsigned peer = 0; peer < s->peer_count; peer++)
		if (settings_by_name(&by_name, s->peers[peer])) {
			list_claims(claims, &by_name);
			claim(p, peer, claims);
		}
	return p;
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void peers_set_own(struct peers *p, const struct configuration *own)
{
	pthread_mutex_lock(&p->lock);
	list_claims(p->own, own);
	p->behind_count = settings_behind(p->settings, own, p->behind);
	pthread_mutex_unlock(&p->lock);
}

static bool lists_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return false;
}

static bool read_claims(struct address claims[CLAIMS], const struct envelope_tun *started)
{
	struct configuration said = {.ipv6 = {.family = AF_UNSPEC}};
	char text[ADDRESS_TEXT_MAX];
	const char *ipv4 = started->ipv4_address[0] ? started->ipv4_address : started->ipv4_host;

	if (started->ipv6_host[0] &&
	    address_join(&said.ipv6, started->ipv6_prefix[0] ? started->ipv6_prefix : "bbbb",
	                 started->ipv6_host, NULL) < 0)
		said.ipv6.family = AF_UNSPEC;
	snprintf(text, sizeof text, "%.*s/32", (int)strcspn(ipv4, "/"), ipv4);
	if (address_read_host(&said.ipv4, text, NULL) < 0 || said.ipv4.family != AF_INET)
		said.ipv4.family = AF_UNSPEC;
	list_claims(claims, &said);
	return said.ipv6.family != AF_UNSPEC || said.ipv4.family != AF_UNSPEC;
}

static unsigned read_mtu(const char *text)
{
	unsigned long mtu = strtoul(text, NULL, 10);

	return mtu >= SETTINGS_MTU_MIN && mtu <= ENVELOPE_PACKET_MAX ? (unsigned)mtu : 0;
}

bool peers_note_started(struct peers *p, unsigned index, const struct envelope_tun *started)
{
	struct peer *peer = &p->list[index];
	struct address claims[CLAIMS];
	bool fresh;

	pthread_mutex_lock(&p->lock);
	fresh = !peer->has_started || strcmp(peer->session, started->session) != 0;
	peer->has_started = true;
	memcpy(peer->session, started->session, sizeof peer->session);
	peer->reads = (lists_word(started->encodings, "pcap") ? 1u << BUS_ENCODING_PCAP : 0) |
	              (lists_word(started->encodings, "gso") ? 1u << BUS_ENCODING_GSO : 0);
	peer->mtu = read_mtu(started->mtu);
	if (read_claims(claims, started))
		claim(p, index, claims);
	pthread_mutex_unlock(&p->lock);
	return fresh;
}

int peers_owner(struct peers *p, int family, const uint8_t *octets)
{
	pthread_mutex_lock(&p->lock);
	int owner = owner_of(p, family, octets);
	pthread_mutex_unlock(&p->lock);
	return owner;
}

static bool claims_nothing(const struct peer *peer)
{
	for (unsigned i = 0; i < CLAIMS; i++)
		if (peer->claims[i].family != AF_UNSPEC)
			return false;
	return true;
}

bool peers_source_fits(struct peers *p, unsigned peer, int family, const uint8_t *source)
{
	pthread_mutex_lock(&p->lock);
	int owner = owner_of(p, family, source);
	bool fit = owner == (int)peer;

	/* An interface without an address yet says so (RFC 4861 4.3, RFC 2131); link-local
	 * addresses are claimed by few. */
	if (owner == PEERS_NOBODY)
		fit = check_is_unspecified(family, source) || check_is_link_local(family, source) ||
		      (claims_nothing(&p->list[peer]) && !check_is_multicast(family, source));
	pthread_mutex_unlock(&p->lock);
	return fit;
}

enum bus_encoding peers_encoding(struct peers *p, int peer)
{
	unsigned all = ~0u;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (peer == PEERS_NOBODY || (int)i == peer)
			all &= p->list[i].reads;
	pthread_mutex_unlock(&p->lock);
	if (!p->settings->peer_count)
		return BUS_ENCODING_JSON;
	if (all & 1u << BUS_ENCODING_GSO)
		return BUS_ENCODING_GSO;
	return all & 1u << BUS_ENCODING_PCAP ? BUS_ENCODING_PCAP : BUS_ENCODING_JSON;
}

unsigned peers_mtu(struct peers *p, int peer)
{
	unsigned least = 0;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++) {
		unsigned mtu = peer == PEERS_NOBODY || (int)i == peer ? p->list[i].mtu : 0;

		if (mtu && (!least || mtu < least))
			least = mtu;
	}
	pthread_mutex_unlock(&p->lock);
	return least;
}

int peers_find(const struct peers *p, const char *name)
{
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (strcmp(p->settings->peers[i], name) == 0)
			return (int)i;
	return PEERS_NOBODY;
}
