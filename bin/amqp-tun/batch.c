#include "batch.h"

#include <stdio.h>
#include <stdlib.h>

#include "log.h"

/* One AMQP frame of the usual 128 KiB holds it, and the largest packet fits twice. */
enum { PCAP_SIZE = 131072 - 1024 };

struct batch {
	char key[ENVELOPE_KEY_MAX + 1];
	struct envelope_pcap_writer pcap;
	uint8_t *body; /* PCAP_SIZE octets */
	int shown;     /* enum bus_encoding, -1: not yet */
};

struct batches {
	struct tunnel *tunnel;
	void (*send)(void *context, const struct bus_publication *p);
	void *context;
	struct envelope_json_options json;
	char *json_body;
	size_t json_size;
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
	return envelope_json_max(DEVICE_PACKET_MAX, &worst);
}

static bool make_batch(struct batches *b, struct batch *batch, const char *peer)
{
	write_key(b, batch, peer);
	batch->shown = -1;
	batch->body = malloc(PCAP_SIZE);
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
	if (bus_options.encoding != BUS_ENCODING_AUTO)
		return (enum bus_encoding)bus_options.encoding;
	return peers_encoding(b->tunnel->peers, receiver);
}

static void show_encoding(struct batch *batch, enum bus_encoding encoding)
{
	if (batch->shown == (int)encoding)
		return;
	batch->shown = (int)encoding;
	log_info("%s: published as %s", batch->key, encoding == BUS_ENCODING_PCAP ? "pcap" : "json");
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
	struct bus_publication publication = {
		.key = batch->key,
		.content_type = ENVELOPE_PCAP,
		.body = batch->body,
		.length = batch->pcap.length,
		.units = batch->pcap.records,
	};

	if (batch->pcap.records == 0)
		return;
	batch->pcap.records = 0;
	batch->pcap.length = 0;
	b->send(b->context, &publication);
}

static void add_pcap(struct batches *b, struct batch *batch, const struct envelope_packet *p)
{
	if (batch->pcap.records && envelope_pcap_add(&batch->pcap, p) == ENVELOPE_OK)
		return;
	flush(b, batch);
	envelope_pcap_begin(&batch->pcap, batch->body, PCAP_SIZE, p->link_type);
	envelope_pcap_add(&batch->pcap, p);
}

void batches_add(struct batches *b, int receiver, const struct envelope_packet *p)
{
	struct batch *batch = &b->list[receiver >= 0 && (unsigned)receiver + 1 < b->count ? receiver + 1 : 0];
	/* A batch that has begun goes on: what came first goes first. */
	enum bus_encoding encoding = batch->pcap.records ? BUS_ENCODING_PCAP : encoding_for(b, receiver);

	show_encoding(batch, encoding);
	if (encoding == BUS_ENCODING_PCAP)
		add_pcap(b, batch, p);
	else
		send_json(b, batch, p);
}

void batches_flush(struct batches *b)
{
	for (unsigned i = 0; i < b->count; i++)
		flush(b, &b->list[i]);
}
