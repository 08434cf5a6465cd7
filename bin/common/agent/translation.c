#include "agent/translation.h"

#include <stdlib.h>
#include <string.h>

#include "agent/keys.h"
#include "packet/packet.h"
#include "packet/strip.h"

static bool find_record(const struct bus_publication *whole, unsigned number,
                        struct envelope_packet *p)
{
	struct envelope_pcap_reader reader;

	if (envelope_pcap_reader_init(&reader, whole->body, whole->length) < 0)
		return false;
	for (unsigned i = 0; i <= number; i++)
		if (envelope_pcap_read(&reader, p) != 1)
			return false;
	strip(p, false);
	return true;
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

bool translation_part(void *translation, const struct bus_publication *whole, unsigned number,
                      struct bus_publication *part)
{
	struct translation *t = translation;
	struct envelope_packet p;
	struct envelope_key key;

	if (!find_record(whole, number, &p))
		return false;
	bool serial = p.link_type != ENVELOPE_LINK_RAW;
	if (!write_key(t, whole, &key, serial))
		return false;
	long length = write_json(t, &p, &key, serial);
	*part = (struct bus_publication){.key = t->key,
	                                 .content_type = ENVELOPE_JSON,
	                                 .body = t->json,
	                                 .length = (size_t)length};
	return length > 0;
}
