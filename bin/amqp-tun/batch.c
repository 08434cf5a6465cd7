#include "batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"
#include "base/limit.h"
#include "base/log.h"
#include "cut.h"
#include "packet/packet.h"

/* What one AMQP frame of the usual 128 KiB holds: two of the largest packets that Linux makes, and
 * the receiver need not put it together. */
enum { BODY_SIZE = 131072 - 8 };

struct batch {
	char key[ENVELOPE_KEY_MAX + 1];
	enum bus_encoding encoding; /* of what has begun */
	struct envelope_pcap_writer pcap;
	struct envelope_gso_writer gso;
	uint8_t *body; /* BODY_SIZE octets */
	int shown;     /* enum bus_encoding, -1: not yet */
};

struct batches {
	struct tunnel *tunnel;
	void (*send)(void *context, const struct bus_publication *p);
	void *context;
	struct envelope_json_options json;
	char interface_name[sizeof "tun:" + IFNAMSIZ]; /* in JSON; "": no packet yet */
	char *json_body;
	size_t json_size;
	char plain_key[ENVELOPE_KEY_MAX + 1];      /* fromAgent.ME */
	char (*direct_keys)[ENVELOPE_KEY_MAX + 1]; /* toAgent.PEER, of each peer */
	struct peers_ways json_ways;               /* what is on its way as JSON goes by these */
	bool json_is_copy;                         /* ... and is published under our own key, too */
	bool json_shown;
	struct batch *reading; /* where the packet that is read next is put: it is probably for whom
	                          the last one was for */
	uint8_t *room;         /* in its body, or (real packets) own_room */
	uint8_t own_room[BATCH_ROOM];
	struct cut cut;
	size_t mtu;     /* of what is added; 0: as long as it is */
	size_t octets;  /* of the packets that it became */
	unsigned count; /* [0]: everybody, [1 + peer] */
	struct batch list[];
};

/* Old dumpers keep only what comes from an interface with "tun" in its name. The interface may not
 * be there before the first packet, and keeps its name. */
static void name_interface(struct batches *b)
{
	const char *name = b->tunnel->interface.name;

	snprintf(b->interface_name, sizeof b->interface_name, "%s%.15s",
	         strstr(name, "tun") ? "" : "tun:", name);
}

static size_t json_size(const struct batches *b)
{
	struct envelope_json_options worst = b->json;

	worst.interface_name = "tun:\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1";
	return envelope_json_max(ENVELOPE_PACKET_MAX, &worst);
}

static bool make_batch(struct batches *b, struct batch *batch, const char *peer)
{
	if (keys_write(batch->key, ENVELOPE_TUN_PACKET, ENVELOPE_OWN, ENVELOPE_FROM_AGENT,
	               b->tunnel->settings->name, peer, NULL) < 0)
		return false;
	batch->shown = -1;
	batch->body = malloc(BODY_SIZE);
	return batch->body;
}

static bool make_json_keys(struct batches *b)
{
	const struct settings *s = b->tunnel->settings;
	enum envelope_api api = (enum envelope_api)s->bus.api;
	bool good = keys_write(b->plain_key, ENVELOPE_TUN_PACKET, api, ENVELOPE_FROM_AGENT, s->name,
	                       "", NULL) == 0;

	b->direct_keys = calloc(s->peer_count + 1, sizeof *b->direct_keys);
	for (unsigned i = 0; good && b->direct_keys && i < s->peer_count; i++)
		good = keys_write(b->direct_keys[i], ENVELOPE_TUN_PACKET, api, ENVELOPE_TO_AGENT,
		                  s->peers[i], "", NULL) == 0;
	return good && b->direct_keys;
}

struct batches *batches_new(struct tunnel *t,
                            void (*send)(void *context, const struct bus_publication *p),
                            void *context)
{
	unsigned count = 1 + (t->settings->peer_count > 1 ? t->settings->peer_count : 0);
	struct batches *b = calloc(1, sizeof *b + count * sizeof b->list[0]);
	bool complete;

	if (!b)
		return NULL;
	b->tunnel = t;
	b->send = send;
	b->context = context;
	b->count = count;
	b->reading = &b->list[0];
	b->json = (struct envelope_json_options){.api = (enum envelope_api)t->settings->bus.api,
	                                         .direction = ENVELOPE_FROM_AGENT,
	                                         .interface_name = b->interface_name,
	                                         .point = true};
	b->json_size = json_size(b);
	b->json_body = malloc(b->json_size);
	complete = b->json_body && make_json_keys(b) && make_batch(b, &b->list[0], "");
	for (unsigned i = 1; complete && i < count; i++)
		complete = make_batch(b, &b->list[i], t->settings->peers[i - 1]);
	if (complete)
		return b;
	batches_free(b);
	return NULL;
}

void batches_free(struct batches *b)
{
	if (!b)
		return;
	for (unsigned i = 0; i < b->count; i++)
		free(b->list[i].body);
	free(b->json_body);
	free(b->direct_keys);
	free(b);
}

static enum bus_encoding encoding_for(const struct batches *b, int receiver)
{
	enum bus_encoding best;

	if (b->tunnel->settings->bus.encoding != BUS_ENCODING_AUTO)
		return (enum bus_encoding)b->tunnel->settings->bus.encoding;
	best = peers_encoding(b->tunnel->peers, receiver);
	if (best == BUS_ENCODING_JSON) /* all who read more are gone since */
		return BUS_ENCODING_PCAP;
	/* Without super-packets there is nothing to gain. */
	return best == BUS_ENCODING_GSO && !b->tunnel->interface.offload ? BUS_ENCODING_PCAP : best;
}

static void show_encoding(struct batch *batch, enum bus_encoding encoding)
{
	if (batch->shown == (int)encoding)
		return;
	batch->shown = (int)encoding;
	limited_info("%s: published as %s", batch->key,
	             encoding == BUS_ENCODING_GSO ? "gso" : "pcap");
}

/* --- JSON: under each key by which somebody is reached --- */

static void send_text(struct batches *b, const char *key, const char *text, size_t length,
                      unsigned units)
{
	b->send(b->context,
	        &(struct bus_publication){.key = key,
	                                  .content_type = ENVELOPE_JSON,
	                                  .body = text,
	                                  .length = length,
	                                  .copy_of = b->json_is_copy ? b->list[0].key : NULL,
	                                  .units = units});
}

/* units: of all of them together, so that a packet counts once. */
static void send_directly(struct batches *b, const char *text, size_t length, uint64_t peers,
                          unsigned units)
{
	for (unsigned i = 0; i < b->tunnel->settings->peer_count; i++)
		if (peers >> i & 1) {
			send_text(b, b->direct_keys[i], text, length, units);
			units = 0;
		}
}

static void send_json(struct batches *b, const struct envelope_packet *p)
{
	const struct peers_ways *ways = &b->json_ways;

	if (!b->interface_name[0])
		name_interface(b);
	long length = envelope_json_build(b->json_body, b->json_size, p, &b->json);
	unsigned units = b->json_is_copy ? 0 : 1;

	if (length <= 0)
		return;
	if (ways->plain) {
		if (!b->json_shown)
			log_info("%s: published as json", b->plain_key);
		b->json_shown = true;
		send_text(b, b->plain_key, b->json_body, (size_t)length, units);
		units = 0;
	}
	send_directly(b, b->json_body, (size_t)length, ways->direct, units);
}

static void flush(struct batches *b, struct batch *batch)
{
	struct bus_publication pcap = {
		.key = batch->key,
		.content_type = ENVELOPE_PCAP,
		.body = batch->body,
		.length = batch->pcap.length,
		.units = batch->pcap.records,
	};
	struct bus_publication gso = {
		.key = batch->key,
		.content_type = ENVELOPE_GSO,
		.body = batch->body,
		.length = batch->gso.length,
		.units = batch->gso.records,
	};

	batch->pcap.records = batch->gso.records = 0;
	if (pcap.units)
		b->send(b->context, &pcap);
	if (gso.units)
		b->send(b->context, &gso);
}

static void add_pcap(struct batches *b, struct batch *batch, const struct envelope_packet *p)
{
	if (batch->pcap.records && envelope_pcap_write(&batch->pcap, p) == ENVELOPE_OK)
		return;
	flush(b, batch);
	envelope_pcap_writer_init(&batch->pcap, batch->body, BODY_SIZE, p->link_type);
	envelope_pcap_write(&batch->pcap, p);
}

/* vnet and packet may be in the batch's own body already: where batches_room said. False: other
 * ends would refuse it as it is, or it cannot be true. */
static bool add_gso(struct batches *b, struct batch *batch, const struct envelope_vnet *vnet,
                    const struct envelope_packet *p)
{
	if (batch == b->reading && b->room != b->own_room)
		return envelope_gso_commit(&batch->gso, ENVELOPE_VNET_HEADER + p->length,
		                           p->time_ns) == ENVELOPE_OK;
	if (batch->gso.records && envelope_gso_write(&batch->gso, vnet, p) == ENVELOPE_OK)
		return true;
	flush(b, batch);
	envelope_gso_writer_init(&batch->gso, batch->body, BODY_SIZE);
	return envelope_gso_write(&batch->gso, vnet, p) == ENVELOPE_OK;
}

/* batch NULL: as JSON. */
static unsigned add_segments(struct batches *b, struct batch *batch,
                             const struct envelope_vnet *vnet, const struct envelope_packet *p)
{
	static const struct envelope_vnet none;
	struct envelope_packet segment;
	unsigned count = 0;

	b->octets = 0;
	if (cut_begin(&b->cut, vnet, p, b->mtu) < 0)
		return 0;
	while (cut_next(&b->cut, &segment)) {
		if (!batch)
			send_json(b, &segment);
		else if (batch->encoding == BUS_ENCODING_GSO)
			add_gso(b, batch, &none, &segment);
		else
			add_pcap(b, batch, &segment);
		b->octets += segment.length;
		count++;
	}
	return count;
}

static void choose_encoding(struct batches *b, struct batch *batch, enum bus_encoding encoding)
{
	/* What came first goes first. */
	if (encoding != batch->encoding)
		flush(b, batch);
	batch->encoding = encoding;
	show_encoding(batch, encoding);
}

uint8_t *batches_room(struct batches *b)
{
	struct batch *batch = b->reading;
	size_t room = 0;

	b->room = b->own_room;
	if (batch->encoding != BUS_ENCODING_GSO)
		return b->room;
	if (batch->gso.records)
		envelope_gso_reserve(&batch->gso, &room);
	if (room < BATCH_ROOM) {
		flush(b, batch);
		envelope_gso_writer_init(&batch->gso, batch->body, BODY_SIZE);
	}
	b->room = envelope_gso_reserve(&batch->gso, &room);
	return b->room;
}

static struct batch *batch_for(struct batches *b, int receiver)
{
	return &b->list[receiver >= 0 && (unsigned)receiver + 1 < b->count ? receiver + 1 : 0];
}

static unsigned add_json(struct batches *b, int receiver, const struct peers_ways *ways,
                         const struct envelope_vnet *vnet, const struct envelope_packet *p)
{
	/* What came first goes first. */
	if (!ways->own)
		flush(b, batch_for(b, receiver));
	b->json_ways = *ways;
	b->json_is_copy = ways->own;
	return add_segments(b, NULL, vnet, p);
}

static unsigned add_own(struct batches *b, int receiver, size_t octets,
                        const struct envelope_vnet *vnet, struct envelope_packet *p)
{
	struct batch *batch = batch_for(b, receiver);
	enum bus_encoding encoding = encoding_for(b, receiver);
	unsigned packets = 1;

	choose_encoding(b, batch, encoding);
	b->octets = p->length;
	if (encoding != BUS_ENCODING_GSO || b->mtu || !add_gso(b, batch, vnet, p)) {
		if (batch == b->reading && b->room != b->own_room) {
			/* The body is about to be another one. */
			memcpy(b->own_room, b->room, octets);
			b->room = b->own_room;
			p->data = b->own_room + ENVELOPE_VNET_HEADER;
		}
		packets = add_segments(b, batch, vnet, p);
	}
	b->reading = batch;
	return packets;
}

unsigned batches_add(struct batches *b, int receiver, size_t octets, int64_t time_ns)
{
	return batches_add_within(b, receiver, octets, time_ns, 0);
}

size_t batches_octets(const struct batches *b)
{
	return b->octets;
}

unsigned batches_add_within(struct batches *b, int receiver, size_t octets, int64_t time_ns,
                            size_t mtu)
{
	struct envelope_packet p = {b->room + ENVELOPE_VNET_HEADER, octets - ENVELOPE_VNET_HEADER,
	                            time_ns, ENVELOPE_LINK_RAW};
	struct peers_ways ways = peers_ways(b->tunnel->peers, receiver);
	struct envelope_vnet vnet;
	unsigned packets = 0;

	envelope_vnet_parse(&vnet, b->room);
	b->mtu = mtu;
	if (ways.plain || ways.direct)
		packets = add_json(b, receiver, &ways, &vnet, &p);
	return ways.own ? add_own(b, receiver, octets, &vnet, &p) : packets;
}

void batches_send_directly(struct batches *b, int receiver, int64_t time_ns, const uint8_t *text,
                           size_t length)
{
	struct peers *peers = b->tunnel->peers;

	b->json_is_copy = peers_ways(peers, receiver).own;
	send_directly(b, (const char *)text, length, peers_direct_since(peers, receiver, time_ns),
	              0);
}

enum batches_key batches_key(const struct batches *b, const char *key, unsigned *peer)
{
	if (strcmp(key, b->plain_key) == 0)
		return BATCHES_PLAIN;
	for (*peer = 0; *peer < b->tunnel->settings->peer_count; ++*peer)
		if (strcmp(key, b->direct_keys[*peer]) == 0)
			return BATCHES_DIRECT;
	return BATCHES_OWN;
}

void batches_flush(struct batches *b)
{
	for (unsigned i = 0; i < b->count; i++)
		flush(b, &b->list[i]);
}
