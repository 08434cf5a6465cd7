#include "peers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/options.h"
#include "sources.h"

struct peer {
	bool has_started;
	unsigned reads; /* 1 << enum bus_encoding */
	unsigned mtu;   /* 0: has not said */
	/* Since when, while it is not ours, it is not reached by way of fromAgent.ME: ns; 0: it is.
	 */
	int64_t direct_since;
	char session[ENVELOPE_FIELD_MAX + 1];
};

struct peers {
	pthread_mutex_t lock;
	const struct settings *settings;
	struct sources sources;
	struct address *host;                   /* the interfaces' addresses that sources has */
	struct why refused[SETTINGS_PEERS_MAX]; /* of what they claimed last; "": nothing */
	_Atomic unsigned changes;
	bool without_own_keys, without_direct;
	struct peer list[SETTINGS_PEERS_MAX];
};

static const struct address none;

static struct source_claims claims_of(const struct configuration *c)
{
	return (struct source_claims){
		{c->ipv6, c->ipv6.family == AF_INET6 ? address_link_local(&c->ipv6) : none,
	         c->ipv4}};
}

/* Under the lock, where what source belongs to whom may be another than before. */
static void note_change(struct peers *p)
{
	atomic_fetch_add(&p->changes, 1);
}

static void set_own(struct peers *p, const struct configuration *own)
{
	struct address behind[SETTINGS_BEHIND_MAX];
	unsigned count = settings_behind(p->settings, own, behind);

	sources_set_own(&p->sources, own, behind, count);
	note_change(p);
}

static void name_peer(struct peers *p, unsigned peer)
{
	struct configuration by_name;
	struct source_claims claims;

	if (!settings_by_name(&by_name, p->settings->peers[peer]))
		return;
	claims = claims_of(&by_name);
	sources_set_name(&p->sources, peer, &claims);
}

struct peers *peers_new(const struct settings *s)
{
	struct peers *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->settings = s;
	sources_init(&p->sources, s);
	for (unsigned peer = 0; peer < s->peer_count; peer++)
		name_peer(p, peer);
	set_own(p, &s->wanted);
	return p;
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p->host);
	free(p);
}

void peers_set_own(struct peers *p, const struct configuration *own)
{
	pthread_mutex_lock(&p->lock);
	set_own(p, own);
	pthread_mutex_unlock(&p->lock);
}

void peers_set_host(struct peers *p, const struct address *host, unsigned count)
{
	struct address *copy = calloc(count + 1, sizeof *copy);

	if (!copy)
		return;
	memcpy(copy, host, count * sizeof *copy);
	pthread_mutex_lock(&p->lock);
	free(p->host);
	p->host = copy;
	sources_set_host(&p->sources, copy, count);
	note_change(p);
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

bool peers_is_placeholder(const struct address *a)
{
	static const uint8_t octets[] = {2, 2, 2, 2};

	return address_is(a, AF_INET, octets);
}

static struct source_claims read_claims(const struct envelope_tun *started)
{
	struct configuration said = {.ipv6 = none};
	char text[ADDRESS_TEXT_MAX];
	const char *ipv4 = started->ipv4_address[0] ? started->ipv4_address : started->ipv4_host;

	if (started->ipv6_host[0] &&
	    address_join(&said.ipv6, started->ipv6_prefix[0] ? started->ipv6_prefix : "bbbb",
	                 started->ipv6_host, NULL) < 0)
		said.ipv6 = none;
	snprintf(text, sizeof text, "%.*s/32", (int)strcspn(ipv4, "/"), ipv4);
	if (address_read_host(&said.ipv4, text, NULL) < 0 || said.ipv4.family != AF_INET ||
	    (!started->session[0] && peers_is_placeholder(&said.ipv4)))
		said.ipv4 = none;
	return claims_of(&said);
}

static void claim(struct peers *p, unsigned peer, const struct envelope_tun *started)
{
	struct source_claims claims = read_claims(started);
	char text[ADDRESS_TEXT_MAX];
	const char *why;
	const struct address *refused = sources_claim(&p->sources, peer, &claims, &why);

	p->refused[peer].text[0] = '\0';
	if (refused)
		why_set(&p->refused[peer], "%s %s", address_write_plain(refused, text), why);
	note_change(p);
}

static unsigned read_mtu(const char *text)
{
	uint64_t mtu;

	return option_number(&mtu, text, SETTINGS_MTU_MIN, ENVELOPE_PACKET_MAX, NULL) == 0
	               ? (unsigned)mtu
	               : 0;
}

static bool is_ours(const struct peer *peer)
{
	return peer->session[0] && peer->reads;
}

static void make_direct(struct peer *peer)
{
	if (!peer->direct_since)
		peer->direct_since = now_ns();
}

/* A peer of ours listens to fromAgent.ME too, so that what goes there for an old agent never comes
 * back: who has said that it is one is reached directly then. */
static void choose_direct(struct peers *p)
{
	bool any_ours = false;

	for (unsigned i = 0; i < p->settings->peer_count; i++)
		any_ours = any_ours || is_ours(&p->list[i]);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (any_ours && p->list[i].has_started && !p->list[i].session[0])
			make_direct(&p->list[i]);
}

bool peers_note_started(struct peers *p, unsigned index, const struct envelope_tun *started)
{
	struct peer *peer = &p->list[index];
	bool fresh;

	pthread_mutex_lock(&p->lock);
	fresh = !peer->has_started || strcmp(peer->session, started->session) != 0;
	peer->has_started = true;
	memcpy(peer->session, started->session, sizeof peer->session);
	peer->reads = (lists_word(started->encodings, "pcap") ? 1u << BUS_ENCODING_PCAP : 0) |
	              (lists_word(started->encodings, "gso") ? 1u << BUS_ENCODING_GSO : 0);
	peer->mtu = read_mtu(started->mtu);
	claim(p, index, started);
	if (fresh)
		peer->direct_since = 0;
	choose_direct(p);
	pthread_mutex_unlock(&p->lock);
	return fresh;
}

void peers_forget(struct peers *p, unsigned peer)
{
	pthread_mutex_lock(&p->lock);
	p->list[peer] = (struct peer){.has_started = false};
	sources_forget(&p->sources, peer);
	note_change(p);
	pthread_mutex_unlock(&p->lock);
}

bool peers_refused(struct peers *p, unsigned peer, struct why *why)
{
	pthread_mutex_lock(&p->lock);
	*why = p->refused[peer];
	pthread_mutex_unlock(&p->lock);
	return why->text[0];
}

unsigned peers_changes(const struct peers *p)
{
	return atomic_load(&p->changes);
}

int peers_owner(struct peers *p, int family, const uint8_t *octets)
{
	pthread_mutex_lock(&p->lock);
	int owner = sources_owner(&p->sources, family, octets);
	pthread_mutex_unlock(&p->lock);
	return owner;
}

int peers_receiver(struct peers *p, int family, const uint8_t *destination)
{
	int owner;

	if (p->settings->peer_count < 2)
		return PEERS_NOBODY;
	owner = peers_owner(p, family, destination);
	return owner == PEERS_SELF ? PEERS_NOBODY : owner;
}

bool peers_source_fits(struct peers *p, int peer, int family, const uint8_t *source)
{
	pthread_mutex_lock(&p->lock);
	bool fit = p->settings->source_check ? sources_fit(&p->sources, peer, family, source)
	                                     : sources_foreign(&p->sources, family, source);
	pthread_mutex_unlock(&p->lock);
	return fit;
}

enum bus_encoding peers_encoding(struct peers *p, int peer)
{
	unsigned all = ~0u;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (peer == PEERS_NOBODY ? is_ours(&p->list[i]) : (int)i == peer)
			all &= p->list[i].reads;
	pthread_mutex_unlock(&p->lock);
	if (all == ~0u)
		return BUS_ENCODING_JSON;
	if (all & 1u << BUS_ENCODING_GSO)
		return BUS_ENCODING_GSO;
	return all & 1u << BUS_ENCODING_PCAP ? BUS_ENCODING_PCAP : BUS_ENCODING_JSON;
}

/* --- ways --- */

static bool wants_own(const struct peers *p, unsigned peer)
{
	uint64_t encoding = p->settings->bus.encoding;

	if (p->without_own_keys || encoding == BUS_ENCODING_JSON || p->settings->peer_old[peer])
		return false;
	return encoding != BUS_ENCODING_AUTO || is_ours(&p->list[peer]);
}

static void add_way(const struct peers *p, unsigned peer, struct peers_ways *ways)
{
	if (wants_own(p, peer))
		ways->own = true;
	else if (!p->without_direct && (p->settings->peer_old[peer] || p->list[peer].direct_since))
		ways->direct |= UINT64_C(1) << peer;
	else
		ways->plain = true;
}

struct peers_ways peers_ways(struct peers *p, int peer)
{
	struct peers_ways ways = {.plain = !p->settings->peer_count};

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (peer == PEERS_NOBODY || (int)i == peer)
			add_way(p, i, &ways);
	pthread_mutex_unlock(&p->lock);
	return ways;
}

uint64_t peers_direct_since(struct peers *p, int peer, int64_t time_ns)
{
	struct peers_ways ways = peers_ways(p, peer);
	uint64_t later = 0;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		if (!p->settings->peer_old[i] && p->list[i].direct_since / 1000 > time_ns / 1000)
			later |= UINT64_C(1) << i;
	pthread_mutex_unlock(&p->lock);
	return ways.direct & later;
}

void peers_note_nobody(struct peers *p)
{
	pthread_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->settings->peer_count; i++)
		make_direct(&p->list[i]);
	pthread_mutex_unlock(&p->lock);
}

void peers_note_unreached(struct peers *p, unsigned peer)
{
	pthread_mutex_lock(&p->lock);
	p->list[peer].direct_since = 0;
	pthread_mutex_unlock(&p->lock);
}

void peers_give_up_own_keys(struct peers *p)
{
	pthread_mutex_lock(&p->lock);
	p->without_own_keys = true;
	pthread_mutex_unlock(&p->lock);
}

void peers_give_up_direct(struct peers *p)
{
	pthread_mutex_lock(&p->lock);
	p->without_direct = true;
	pthread_mutex_unlock(&p->lock);
}

int peers_plain(struct peers *p)
{
	int found = PEERS_NOBODY;

	pthread_mutex_lock(&p->lock);
	for (unsigned i = p->settings->peer_count; i-- > 0;)
		if (!wants_own(p, i) && !p->settings->peer_old[i])
			found = (int)i;
	pthread_mutex_unlock(&p->lock);
	return found;
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
