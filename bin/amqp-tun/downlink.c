#include "downlink.h"

#include <string.h>

#include "agent/decode.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/stats.h"
#include "control.h"
#include "deliver.h"
#include "envelope.h"
#include "overlong.h"
#include "packet/packet.h"

enum counters {
	RECEIVED,
	OCTETS,
	DELIVERED,
	NO_INTERFACE,
	NOT_IP,
	LENGTH,
	OVER_MTU,
	DESTINATION,
	REDIRECT,
	SOURCE,
	CHAIN,
	ROUTE,
	CHECKSUM,
	DISCOVERY,
	QUOTE,
	INTERFACE,
	FRAGMENTED,
	COUNTERS
};
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"},
	[OCTETS] = {.name = "octets"},
	[DELIVERED] = {.name = "delivered"},
	[NO_INTERFACE] = {.name = "rejected_no_interface"},
	[NOT_IP] = {.name = "rejected_not_ip"},
	[LENGTH] = {.name = "rejected_length"},
	[OVER_MTU] = {.name = "rejected_over_mtu"},
	[DESTINATION] = {.name = "rejected_destination"},
	[REDIRECT] = {.name = "rejected_redirect"},
	[SOURCE] = {.name = "rejected_source"},
	[CHAIN] = {.name = "rejected_chain"},
	[ROUTE] = {.name = "rejected_source_route"},
	[CHECKSUM] = {.name = "rejected_checksum"},
	[DISCOVERY] = {.name = "rejected_discovery"},
	[QUOTE] = {.name = "rejected_icmp_error"},
	[INTERFACE] = {.name = "rejected_interface"},
	[FRAGMENTED] = {.name = "fragmented"}, /* of those that were delivered */
};

static const enum counters verdict_counters[] = {
	[CHECK_NOT_IP] = NOT_IP,     [CHECK_LENGTH] = LENGTH,
	[CHECK_OVER_MTU] = OVER_MTU, [CHECK_DESTINATION] = DESTINATION,
	[CHECK_REDIRECT] = REDIRECT, [CHECK_SOURCE] = SOURCE,
	[CHECK_CHAIN] = CHAIN,       [CHECK_ROUTE] = ROUTE,
	[CHECK_CHECKSUM] = CHECKSUM, [CHECK_DISCOVERY] = DISCOVERY,
	[CHECK_QUOTE] = QUOTE,
};

static struct delay delay; /* from a packet's own time to its arrival here */

/* Whether an address may be a sender's, as it was found to be: most packets come from few. */
enum { DECISIONS = 16 };
struct decision {
	unsigned changes; /* what peers_changes was */
	bool known, fits;
	int peer, family;
	uint8_t source[16];
};

struct downlink {
	struct tunnel *tunnel;
	char last_key[ENVELOPE_KEY_MAX +
	              1]; /* the sender of most messages is that of the last one */
	int last_peer;
	struct decoder decoder;
	uint8_t packet[ENVELOPE_PACKET_MAX]; /* of a JSON body */
	struct delivery delivery;
	struct overlong overlong;
	struct decision decisions[DECISIONS];
};

/* --- packets --- */

static bool fits(struct downlink *d, int peer, int family, const uint8_t *source)
{
	size_t size = address_size(family);
	struct decision *known = &d->decisions[(source[size - 1] ^ (unsigned)peer) % DECISIONS];
	unsigned changes = peers_changes(d->tunnel->peers);

	if (known->known && known->changes == changes && known->peer == peer &&
	    known->family == family && memcmp(known->source, source, size) == 0)
		return known->fits;
	*known = (struct decision){
		changes, true,   peers_source_fits(d->tunnel->peers, peer, family, source),
		peer,    family, {0}};
	memcpy(known->source, source, size);
	return known->fits;
}

/* An error is about what went to its sender, not to somebody else. */
static enum check_verdict check_source(struct downlink *d, int peer, const struct ends *ends)
{
	if (!fits(d, peer, ends->family, ends->source))
		return CHECK_SOURCE;
	return ends->quoted && !fits(d, peer, ends->family, ends->quoted) ? CHECK_QUOTE
	                                                                  : CHECK_PASSED;
}

static void handle_overlong(struct downlink *d, const struct ends *ends,
                            const struct envelope_gso_packet *p)
{
	unsigned mtu = d->tunnel->rules.mtu;

	if (overlong_is_divisible(p->packet.data, p->packet.length)) {
		stats_add(&counters[FRAGMENTED], 1);
		deliver_in_fragments(&d->delivery, p, mtu);
		return;
	}
	stats_add(&counters[OVER_MTU], 1);
	overlong_answer(&d->overlong, d->tunnel, ends, p->packet.data, p->packet.length, mtu);
}

static void handle_packet(struct downlink *d, int peer, const struct envelope_gso_packet *p)
{
	struct ends ends;
	enum check_verdict verdict;

	if (atomic_load(&d->tunnel->device) < 0) {
		stats_add(&counters[NO_INTERFACE], 1);
		return;
	}
	verdict = check_packet(&d->tunnel->rules, &ends, p->octets ? &p->vnet : NULL,
	                       p->packet.data, p->packet.length);
	if (verdict == CHECK_PASSED || verdict == CHECK_OVER_MTU) {
		enum check_verdict source = check_source(d, peer, &ends);

		verdict = source == CHECK_PASSED ? verdict : source;
	}
	if (verdict == CHECK_PASSED)
		deliver(&d->delivery, p);
	else if (verdict == CHECK_OVER_MTU)
		handle_overlong(d, &ends, p);
	else
		stats_add(&counters[verdict_counters[verdict]], 1);
}

/* --- messages --- */

/* Index of the peer whose key it is; PEERS_NOBODY: a router's, or an injection. */
static int sender(struct downlink *d, const struct bus_message *m)
{
	struct envelope_key key;

	if (strcmp(m->key, d->last_key) == 0)
		return d->last_peer;
	d->last_peer = PEERS_NOBODY;
	if (envelope_key_parse(&key, m->key, m->key_length) == ENVELOPE_OK &&
	    key.direction == ENVELOPE_FROM_AGENT)
		d->last_peer = peers_find(d->tunnel->peers, key.name);
	if (m->key_length < sizeof d->last_key)
		memcpy(d->last_key, m->key, m->key_length + 1);
	return d->last_peer;
}

static void handle_data(void *context, const struct bus_message *m)
{
	struct downlink *d = context;
	int peer = sender(d, m), outcome;
	struct envelope_gso_packet p;
	int64_t arrival_ns = now_ns();

	decode_begin(&d->decoder, m, ENVELOPE_LINK_RAW);
	while ((outcome = decode_next(&d->decoder, &p)) != 0) {
		stats_add(&counters[RECEIVED], 1);
		if (outcome < 0)
			continue;
		stats_add(&counters[OCTETS], p.packet.length);
		delay_note(&delay, p.packet.time_ns, arrival_ns);
		handle_packet(d, peer, &p);
	}
}

/* --- what the bridge calls --- */

static int prepare(void *context)
{
	struct downlink *d = context;

	deliver_flush(&d->delivery);
	d->tunnel->rules.mtu = atomic_load(&d->tunnel->mtu);
	return -1;
}

static enum bridge_outcome handle_control(void *context, const struct bus_message *m,
                                          const struct envelope_key *key,
                                          const struct envelope_control *c)
{
	const struct downlink *d = context;

	return control_handle(d->tunnel, m, key, c);
}

static void forget(void *context, const char *name)
{
	const struct downlink *d = context;

	control_forget(d->tunnel, name);
}

struct bridge_downlink downlink_open(struct tunnel *t)
{
	static struct downlink d;

	stats_register("downlink", counters, COUNTERS);
	delay_register(&delay, "downlink");
	d.tunnel = t;
	deliver_open(&d.delivery, t, &counters[DELIVERED], &counters[INTERFACE]);
	d.decoder = (struct decoder){.wanted = DECODE_IP,
	                             .room = d.packet,
	                             .room_size = sizeof d.packet,
	                             .names[DECODE_ENCODING] = "rejected_not_json"};
	decode_register(&d.decoder, "downlink");
	return (struct bridge_downlink){
		.context = &d,
		.prepare = prepare,
		.data = handle_data,
		.control = handle_control,
		.gone = forget,
	};
}
