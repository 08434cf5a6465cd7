#include "downlink.h"

#include <poll.h>
#include <string.h>

#include "bindings.h"
#include "bus/bus.h"
#include "control.h"
#include "base/histogram.h"
#include "deliver.h"
#include "envelope.h"
#include "base/log.h"
#include "base/clock.h"
#include "packet/packet.h"
#include "base/stats.h"
#include "agent/decode.h"

/* So many messages at the most before signals and heartbeats are looked at again. */
enum { MESSAGES_AT_ONCE = 256 };

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
	INTERFACE,
	NOT_JSON,
	OCTET,
	NO_DATA,
	TOO_LONG,
	NOT_PCAP,
	RECORD,
	LINK_TYPE,
	NOT_GSO,
	HEADER,
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
	[INTERFACE] = {.name = "rejected_interface"},
	[NOT_JSON] = {.name = "rejected_not_json"},
	[OCTET] = {.name = "rejected_octet"},
	[NO_DATA] = {.name = "rejected_no_data"},
	[TOO_LONG] = {.name = "rejected_too_long"},
	[NOT_PCAP] = {.name = "rejected_not_pcap"},
	[RECORD] = {.name = "rejected_record"},
	[LINK_TYPE] = {.name = "rejected_link_type"},
	[NOT_GSO] = {.name = "rejected_not_gso"},
	[HEADER] = {.name = "rejected_header"},
};

static const enum counters verdict_counters[] = {
	[CHECK_NOT_IP] = NOT_IP,           [CHECK_LENGTH] = LENGTH,     [CHECK_OVER_MTU] = OVER_MTU,
	[CHECK_DESTINATION] = DESTINATION, [CHECK_REDIRECT] = REDIRECT, [CHECK_SOURCE] = SOURCE,
};

static const enum counters refusal_counters[UNPACK_REASONS] = {
	[UNPACK_NOT_JSON] = NOT_JSON,   [UNPACK_OCTET] = OCTET,       [UNPACK_NO_DATA] = NO_DATA,
	[UNPACK_TOO_LONG] = TOO_LONG,   [UNPACK_NOT_PCAP] = NOT_PCAP, [UNPACK_RECORD] = RECORD,
	[UNPACK_LINK_TYPE] = LINK_TYPE, [UNPACK_NOT_GSO] = NOT_GSO,   [UNPACK_HEADER] = HEADER,
	[UNPACK_ENCODING] = NOT_JSON,
};

static struct delay delay; /* from a packet's own time to its arrival here */

struct downlink {
	struct tunnel *tunnel;
	struct bus *bus;
	struct control control;
	struct bindings bindings;
	char last_key[ENVELOPE_KEY_MAX +
	              1]; /* the sender of most messages is that of the last one */
	int last_peer;
	uint64_t generation;
	struct unpack unpack;
	uint8_t packet[ENVELOPE_PACKET_MAX]; /* of a JSON body */
	struct delivery delivery;
};

/* --- packets --- */

static enum check_verdict check_source(struct downlink *d, int peer, const struct ends *ends)
{
	const struct settings *s = d->tunnel->settings;

	if (peer < 0 || !s->source_check)
		return CHECK_PASSED;
	return peers_source_fits(d->tunnel->peers, (unsigned)peer, ends->family, ends->source)
	               ? CHECK_PASSED
	               : CHECK_SOURCE;
}

static void take_packet(struct downlink *d, int peer, const struct envelope_gso_packet *p)
{
	struct ends ends;
	enum check_verdict verdict;

	if (atomic_load(&d->tunnel->device) < 0) {
		stats_add(&counters[NO_INTERFACE], 1);
		return;
	}
	verdict = check_packet(&d->tunnel->rules, &ends, p->octets ? &p->vnet : NULL,
	                       p->packet.data, p->packet.length);
	if (verdict == CHECK_PASSED)
		verdict = check_source(d, peer, &ends);
	if (verdict == CHECK_PASSED)
		deliver(&d->delivery, p);
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

static void refuse(const struct unpack_refusal *r, const char *key)
{
	struct counter *counter = &counters[refusal_counters[r->reason]];

	stats_add(counter, 1);
	log_info("%s: %s (%s, offset %zu)", key, r->words, counter->name, r->offset);
}

static void take_data(struct downlink *d, const struct bus_message *m)
{
	int peer = sender(d, m), outcome;
	struct envelope_gso_packet p;
	int64_t arrival_ns = now_ns();

	unpack_begin(&d->unpack, m, ENVELOPE_LINK_RAW);
	while ((outcome = unpack_next(&d->unpack, &p)) != 0) {
		stats_add(&counters[RECEIVED], 1);
		if (outcome < 0) {
			refuse(&d->unpack.refusal, m->key);
			continue;
		}
		stats_add(&counters[OCTETS], p.packet.length);
		delay_note(&delay, p.packet.time_ns, arrival_ns);
		take_packet(d, peer, &p);
	}
}

/* --- the thread --- */

static void tell_uplink(struct downlink *d)
{
	uint64_t generation = bus_is_open(d->bus) ? bus_generation(d->bus) : 0;

	if (generation == d->generation)
		return;
	d->generation = generation;
	atomic_store(&d->tunnel->downlink_open, generation);
	tunnel_wake_uplink(d->tunnel);
}

static void take_messages(struct downlink *d)
{
	struct bus_message m;

	for (unsigned i = 0; i < MESSAGES_AT_ONCE && bus_next(d->bus, &m) > 0; i++) {
		if (m.queue == BINDINGS_DATA)
			take_data(d, &m);
		else
			control_take(&d->control, &m);
	}
	deliver_flush(&d->delivery);
}

static int run(void *context)
{
	struct downlink *d = context;

	while (!loop_stopping()) {
		int timeout = -1;
		struct pollfd fds[1 + BUS_FDS] = {{loop_stop_fd(), POLLIN, 0}};
		int count = bus_prepare(d->bus, fds + 1, &timeout);

		poll(fds, (nfds_t)(1 + count), timeout);
		int status = bus_work(d->bus);
		if (status != BUS_OK)
			return status;
		take_messages(d);
		tell_uplink(d);
	}
	bus_close(d->bus);
	return EXIT_OK;
}

static void watch(void *context)
{
	struct downlink *d = context;

	bus_watch(d->bus);
}

static void interrupt(void *context)
{
	struct downlink *d = context;

	bus_interrupt(d->bus);
}

struct worker downlink_worker(struct tunnel *t)
{
	static struct downlink downlink;
	struct downlink *d = &downlink;

	bindings_make(&d->bindings, t->settings);
	stats_register("downlink", counters, COUNTERS);
	delay_register(&delay, "downlink");
	control_open(&d->control, t);
	d->tunnel = t;
	deliver_open(&d->delivery, t, &counters[DELIVERED], &counters[INTERFACE]);
	d->unpack = (struct unpack){
		.wanted = UNPACK_IP, .room = d->packet, .room_size = sizeof d->packet};
	d->bus = bus_new(&(struct bus_config){.role = BUS_CONSUMER,
	                                      .agent = t->settings->name,
	                                      .direction = "downlink",
	                                      .queues = d->bindings.queues,
	                                      .queue_count = BINDINGS_QUEUES,
	                                      .socket_octets = TUNNEL_SOCKET_OCTETS});
	return (struct worker){.name = "downlink",
	                       .run = run,
	                       .context = d,
	                       .watch = watch,
	                       .interrupt = interrupt};
}
