#include "downlink.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "bindings.h"
#include "bus.h"
#include "control.h"
#include "envelope.h"
#include "log.h"
#include "packet.h"
#include "stats.h"

/* So many messages at the most before signals and heartbeats are looked at again. */
enum { MESSAGES_AT_ONCE = 256 };

enum counters {
	RECEIVED,
	DELIVERED,
	NO_INTERFACE,
	NOT_IP,
	LENGTH,
	OVER_MTU,
	DESTINATION,
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
	[DELIVERED] = {.name = "delivered"},
	[NO_INTERFACE] = {.name = "rejected_no_interface"},
	[NOT_IP] = {.name = "rejected_not_ip"},
	[LENGTH] = {.name = "rejected_length"},
	[OVER_MTU] = {.name = "rejected_over_mtu"},
	[DESTINATION] = {.name = "rejected_destination"},
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
	[CHECK_PASSED] = DELIVERED,  [CHECK_NOT_IP] = NOT_IP,           [CHECK_LENGTH] = LENGTH,
	[CHECK_OVER_MTU] = OVER_MTU, [CHECK_DESTINATION] = DESTINATION, [CHECK_SOURCE] = SOURCE,
};

struct downlink {
	struct tunnel *tunnel;
	struct bus *bus;
	struct control control;
	struct bindings bindings;
	char last_key[ENVELOPE_KEY_MAX + 1]; /* the sender of most messages is that of the last one */
	int last_peer;
	uint64_t generation;
	uint8_t packet[ENVELOPE_PACKET_MAX];
};

/* --- packets --- */

static enum check_verdict check_source(struct downlink *d, int peer, const struct ends *ends)
{
	const struct settings *s = d->tunnel->settings;

	if (peer < 0 || !s->source_check)
		return CHECK_PASSED;
	return peers_source_fits(d->tunnel->peers, (unsigned)peer, ends->family, ends->source) ? CHECK_PASSED
	                                                                                       : CHECK_SOURCE;
}

static int write_segments(struct downlink *d, const struct envelope_gso_packet *p)
{
	struct envelope_segmenter segmenter;
	struct envelope_packet segment;
	int outcome = envelope_segment_begin(&segmenter, &p->vnet, &p->packet);

	while (outcome >= 0 && envelope_segment_next(&segmenter, d->packet, sizeof d->packet, &segment) == 1)
		outcome = device_write(d->tunnel->made.device, d->tunnel->made.offload, segment.data, segment.length);
	return outcome;
}

/* Kernels differ in the kinds of super-packets that they know. */
static int write_super(struct downlink *d, const struct envelope_gso_packet *p)
{
	int outcome = -EINVAL;

	if (d->tunnel->made.offload)
		outcome = device_write_super(d->tunnel->made.device, p->octets, p->octet_count);
	return outcome == -EINVAL ? write_segments(d, p) : outcome;
}

/* super: NULL, or what the packet is in. */
static int write_packet(struct downlink *d, const struct envelope_gso_packet *super, const uint8_t *packet,
                        size_t length)
{
	if (super)
		return write_super(d, super);
	return device_write(d->tunnel->made.device, d->tunnel->made.offload, packet, length);
}

static enum counters give(struct downlink *d, int peer, const struct envelope_gso_packet *super, const uint8_t *packet,
                          size_t length)
{
	struct ends ends;
	enum check_verdict verdict;

	if (atomic_load(&d->tunnel->device) < 0)
		return NO_INTERFACE;
	verdict = check_intake(&d->tunnel->intake, &ends, super ? &super->vnet : NULL, packet, length);
	if (verdict == CHECK_PASSED)
		verdict = check_source(d, peer, &ends);
	if (verdict == CHECK_PASSED && write_packet(d, super, packet, length) < 0)
		return INTERFACE;
	return verdict_counters[verdict];
}

static void take_packet(struct downlink *d, int peer, const uint8_t *packet, size_t length)
{
	stats_add(&counters[RECEIVED], 1);
	stats_add(&counters[give(d, peer, NULL, packet, length)], 1);
}

static void take_super(struct downlink *d, int peer, const struct envelope_gso_packet *p)
{
	stats_add(&counters[RECEIVED], 1);
	stats_add(&counters[give(d, peer, p, p->packet.data, p->packet.length)], 1);
}

/* --- messages --- */

static void reject(const struct bus_message *m, enum counters reason, const char *words, size_t offset)
{
	stats_add(&counters[RECEIVED], 1);
	stats_add(&counters[reason], 1);
	log_info("%s: %s (%s, offset %zu)", m->key, words, counters[reason].name, offset);
}

static enum counters json_reason(int error)
{
	switch (error) {
	case ENVELOPE_ERANGE:
		return OCTET;
	case ENVELOPE_ENODATA:
		return NO_DATA;
	case ENVELOPE_ETOOLONG:
		return TOO_LONG;
	default:
		return NOT_JSON;
	}
}

static void take_json(struct downlink *d, int peer, const struct bus_message *m)
{
	struct envelope_packet p;
	size_t offset = 0;
	int error = envelope_json_read(&p, d->packet, sizeof d->packet, (const char *)m->body, m->length, &offset);

	if (error < 0)
		reject(m, json_reason(error), envelope_strerror(error), offset);
	else
		take_packet(d, peer, p.data, p.length);
}

static void take_pcap(struct downlink *d, int peer, const struct bus_message *m)
{
	struct envelope_pcap_reader reader;
	struct envelope_packet p;
	int outcome = envelope_pcap_open(&reader, m->body, m->length);

	if (outcome < 0) {
		reject(m, outcome == ENVELOPE_ELINKTYPE ? LINK_TYPE : NOT_PCAP, envelope_strerror(outcome), 0);
		return;
	}
	if (reader.link_type != LINK_RAW) {
		reject(m, LINK_TYPE, "no IP packets in this capture", 0);
		return;
	}
	while ((outcome = envelope_pcap_next(&reader, &p)) != 0) {
		if (outcome == 1) {
			take_packet(d, peer, p.data, p.length);
			continue;
		}
		reject(m, outcome == ENVELOPE_EPCAP ? NOT_PCAP : RECORD, envelope_strerror(outcome), reader.offset);
		if (outcome == ENVELOPE_EPCAP)
			break;
	}
}

static void take_gso(struct downlink *d, int peer, const struct bus_message *m)
{
	struct envelope_gso_reader reader;
	struct envelope_gso_packet p;
	int outcome = envelope_gso_open(&reader, m->body, m->length);

	if (outcome < 0) {
		reject(m, NOT_GSO, envelope_strerror(outcome), 0);
		return;
	}
	while ((outcome = envelope_gso_next(&reader, &p)) != 0) {
		if (outcome == 1) {
			take_super(d, peer, &p);
			continue;
		}
		reject(m, outcome == ENVELOPE_EVNET ? HEADER : NOT_GSO, envelope_strerror(outcome), reader.offset);
		if (outcome == ENVELOPE_EGSO)
			break;
	}
}

static bool is_type(const char *content_type, const char *type)
{
	size_t length = strlen(type);

	return strncasecmp(content_type, type, length) == 0 &&
	       (content_type[length] == '\0' || strchr("; ", content_type[length]));
}

/* Index of the peer whose key it is; PEERS_NOBODY: a router's, or an injection. */
static int sender(struct downlink *d, const struct bus_message *m)
{
	struct envelope_key key;

	if (strcmp(m->key, d->last_key) == 0)
		return d->last_peer;
	d->last_peer = PEERS_NOBODY;
	if (envelope_key_read(&key, m->key, m->key_length) == ENVELOPE_OK && key.direction == ENVELOPE_FROM_AGENT)
		d->last_peer = peers_find(d->tunnel->peers, key.name);
	if (m->key_length < sizeof d->last_key)
		memcpy(d->last_key, m->key, m->key_length + 1);
	return d->last_peer;
}

static void take_data(struct downlink *d, const struct bus_message *m)
{
	int peer = sender(d, m);

	if (is_type(m->content_type, ENVELOPE_PCAP))
		take_pcap(d, peer, m);
	else if (is_type(m->content_type, ENVELOPE_GSO))
		take_gso(d, peer, m);
	else
		take_json(d, peer, m);
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
	control_open(&d->control, t);
	d->tunnel = t;
	d->bus = bus_new(&(struct bus_config){.role = BUS_CONSUMER,
	                                      .agent = t->settings->name,
	                                      .direction = "downlink",
	                                      .queues = d->bindings.queues,
	                                      .queue_count = BINDINGS_QUEUES,
	                                      .socket_octets = TUNNEL_SOCKET_OCTETS});
	return (struct worker){.name = "downlink", .run = run, .context = d, .watch = watch, .interrupt = interrupt};
}
