#include "agent/translation.h"

#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"
#include "packet/packet.h"
#include "packet/strip.h"

/* 1: p is the record of that number; -1: it is none that can be used; 0: there are no more. They
 * are asked for in turn, each time from the first on. */
static int find_record(struct translation *t, const struct bus_publication *whole, unsigned number,
                       struct envelope_packet *p)
{
	if (number == 0)
		t->has_ended =
			envelope_pcap_reader_init(&t->reader, whole->body, whole->length) < 0;
	if (t->has_ended)
		return 0;
	int status = envelope_pcap_read(&t->reader, p);
	/* Damaged from here on, or more than are read. */
	t->has_ended = status == 0 || status == ENVELOPE_EPCAP ||
	               (status < 0 && t->reader.offset == t->reader.length);
	if (status != 1)
		return status ? -1 : 0;
	enum strip_result stripped = strip(p, false);
	return stripped == STRIP_OK || stripped == STRIP_BAD_FCS ? 1 : -1;
}

static bool write_key(struct translation *t, const struct bus_publication *whole,
                      struct envelope_key *key, bool serial)
{
	if (envelope_key_parse(key, whole->key, strlen(whole->key)) < 0)
		return false;
	key->kind = serial ? ENVELOPE_SERIAL_PACKET : ENVELOPE_TUN_PACKET;
	return keys_write(t->key, key->kind, t->api, key->direction, key->name, "", NULL) == 0;
}

static long write_json(struct translation *t, const struct envelope_packet *p,
                       const struct envelope_key *key, bool serial)
{
	const struct envelope_json_options options = {
		.api = t->api,
		.direction = key->direction,
		.with_slip = serial && key->direction == ENVELOPE_FROM_AGENT,
		.interface_name = serial ? "serial" : "tun0",
		.point = true,
	};

	if (!t->json) {
		t->json_size = envelope_json_max(ENVELOPE_PACKET_MAX, &options);
		t->json = malloc(t->json_size);
	}
	return t->json ? envelope_json_build(t->json, t->json_size, p, &options) : -1;
}

int translation_part(void *translation, const struct bus_publication *whole, unsigned number,
                     struct bus_publication *part)
{
	struct translation *t = translation;
	struct envelope_packet p;
	struct envelope_key key;
	int status = find_record(t, whole, number, &p);

	if (status <= 0)
		return status;
	bool serial = p.link_type != ENVELOPE_LINK_RAW;
	if (!write_key(t, whole, &key, serial))
		return -1;
	long length = write_json(t, &p, &key, serial);
	*part = (struct bus_publication){.key = t->key,
	                                 .content_type = ENVELOPE_JSON,
	                                 .body = t->json,
	                                 .length = (size_t)length};
	return length > 0 ? 1 : -1;
}
