#include "batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "packet.h"

/* One AMQP frame of the usual 128 KiB holds a body, and the largest packet fits in twice. What is large is worth a
 * message of its own, and not a copy. */
enum { BODY_SIZE = 262128, LARGE = 1000000, ROOM_AT = ENVELOPE_GSO_HEADER + ENVELOPE_GSO_RECORD };

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
	char *json_body;
	size_t json_size;
	struct envelope_gso_writer next; /* a body that holds the packet that was read */
	uint8_t next_body[ROOM_AT + BATCH_ROOM];
	uint8_t segment[ENVELOPE_PACKET_MAX];
	unsigned count; /* [0]: everybody, [1 + peer] */
	struct batch list[];
};

static void write_key(struct batches *b, struct batch *batch, const char *peer)
{
	struct envelope_key key = {
		.kind = ENVELOPE_TUN_PACKET,
		.api = (enum envelope_api)bus_options.api,
		.direction = ENVELOPE_FROM_AGENT,
	};

	snprintf(key.name, sizeof key.name, "%s", b->tunnel->settings->name);
	snprintf(key.peer, sizeof key.peer, "%s", peer);
	if (envelope_key_write(batch->key, sizeof batch->key, &key) < 0)
		die(EXIT_USAGE, "--name '%s': makes a routing key that is too long", key.name);
}

static size_t json_size(const struct batches *b)
{
	struct envelope_json_options worst = b->json;

	worst.interface_name = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1";
	return envelope_json_max(ENVELOPE_PACKET_MAX, &worst);
}

static bool make_batch(struct batches *b, struct batch *batch, const char *peer)
{
	write_key(b, batch, peer);
	batch->shown = -1;
	batch->body = malloc(BODY_SIZE);
	return batch->body;
}

struct batches *batches_new(struct tunnel *t, void (*send)(void *context, const struct bus_publication *p),
                            void *context)
{
	unsigned count =
	    1 + (t->settings->peer_count > 1 && bus_options.api == ENVELOPE_V1 ? t->settings->peer_count : 0);
	struct batches *b = calloc(1, sizeof *b + count * sizeof b->list[0]);
	bool made;

	if (!b)
		return NULL;
	b->tunnel = t;
	b->send = send;
	b->context = context;
	b->count = count;
	b->json = (struct envelope_json_options){.api = (enum envelope_api)bus_options.api,
	                                         .direction = ENVELOPE_FROM_AGENT,
	                                         .interface_name = t->made.ifname};
	b->json_size = json_size(b);
	b->json_body = malloc(b->json_size);
	made = b->json_body && make_batch(b, &b->list[0], "");
	for (unsigned i = 1; made && i < count; i++)
		made = make_batch(b, &b->list[i], t->settings->peers[i - 1]);
	if (made)
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
	free(b);
}

static enum bus_encoding encoding_for(const struct batches *b, int receiver)
{
	enum bus_encoding best;

	if (bus_options.encoding != BUS_ENCODING_AUTO)
		return (enum bus_encoding)bus_options.encoding;
	best = peers_encoding(b->tunnel->peers, receiver);
	/* Without super-packets there is nothing to gain. */
	return best == BUS_ENCODING_GSO && !b->tunnel->made.offload ? BUS_ENCODING_PCAP : best;
}

static void show_encoding(struct batch *batch, enum bus_encoding encoding)
{
	static const char *const names[] = {
		[BUS_ENCODING_JSON] = "json", [BUS_ENCODING_PCAP] = "pcap", [BUS_ENCODING_GSO] = "gso"};

	if (batch->shown == (int)encoding)
		return;
	batch->shown = (int)encoding;
	log_info("%s: published as %s", batch->key, names[encoding]);
}

static void send_json(struct batches *b, struct batch *batch, const struct envelope_packet *p)
{
	long length = envelope_json_write(b->json_body, b->json_size, p, &b->json);

	if (length > 0)
		b->send(b->context, &(struct bus_publication){.key = batch->key,
		                                              .content_type = ENVELOPE_JSON,
		                                              .body = b->json_body,
		                                              .length = (size_t)length,
		                                              .units = 1});
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
	if (batch->pcap.records && envelope_pcap_add(&batch->pcap, p) == ENVELOPE_OK)
		return;
	flush(b, batch);
	envelope_pcap_begin(&batch->pcap, batch->body, BODY_SIZE, p->link_type);
	envelope_pcap_add(&batch->pcap, p);
}

static void send_next(struct batches *b, struct batch *batch)
{
	b->send(b->context, &(struct bus_publication){.key = batch->key,
	                                              .content_type = ENVELOPE_GSO,
	                                              .body = b->next_body,
	                                              .length = b->next.length,
	                                              .units = 1});
}

static void add_gso(struct batches *b, struct batch *batch, const struct envelope_vnet *vnet,
                    const struct envelope_packet *p)
{
	if (p->length >= LARGE) {
		flush(b, batch);
		send_next(b, batch);
		return;
	}
	if (batch->gso.records && envelope_gso_add(&batch->gso, vnet, p) == ENVELOPE_OK)
		return;
	flush(b, batch);
	envelope_gso_begin(&batch->gso, batch->body, BODY_SIZE);
	envelope_gso_add(&batch->gso, vnet, p);
}

static void add_real(struct batches *b, struct batch *batch, const struct envelope_packet *p)
{
	if (batch->encoding == BUS_ENCODING_PCAP)
		add_pcap(b, batch, p);
	else
		send_json(b, batch, p);
}

static unsigned add_segments(struct batches *b, struct batch *batch, const struct envelope_vnet *vnet,
                             const struct envelope_packet *p)
{
	struct envelope_segmenter segmenter;
	struct envelope_packet segment;
	unsigned count = 0;

	if (envelope_segment_begin(&segmenter, vnet, p) < 0)
		return 0;
	while (envelope_segment_next(&segmenter, b->segment, sizeof b->segment, &segment) == 1) {
		add_real(b, batch, &segment);
		count++;
	}
	return count;
}

static void choose_encoding(struct batches *b, struct batch *batch, int receiver)
{
	enum bus_encoding encoding = encoding_for(b, receiver);

	/* What came first goes first. */
	if (encoding != batch->encoding)
		flush(b, batch);
	batch->encoding = encoding;
	show_encoding(batch, encoding);
}

uint8_t *batches_room(struct batches *b)
{
	size_t room;

	envelope_gso_begin(&b->next, b->next_body, sizeof b->next_body);
	return envelope_gso_reserve(&b->next, &room);
}

unsigned batches_take(struct batches *b, int receiver, size_t octets, int64_t time_ns)
{
	struct batch *batch = &b->list[receiver >= 0 && (unsigned)receiver + 1 < b->count ? receiver + 1 : 0];
	const uint8_t *header = b->next_body + ROOM_AT;
	struct envelope_packet p = {header + ENVELOPE_VNET_HEADER, octets - ENVELOPE_VNET_HEADER, time_ns, LINK_RAW};
	struct envelope_vnet vnet;

	if (envelope_gso_commit(&b->next, octets, time_ns) < 0)
		return 0;
	envelope_vnet_read(&vnet, header);
	choose_encoding(b, batch, receiver);
	if (batch->encoding != BUS_ENCODING_GSO)
		return add_segments(b, batch, &vnet, &p);
	add_gso(b, batch, &vnet, &p);
	return 1;
}

void batches_flush(struct batches *b)
{
	for (unsigned i = 0; i < b->count; i++)
		flush(b, &b->list[i]);
}
