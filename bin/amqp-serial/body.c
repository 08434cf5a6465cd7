#include "body.h"

#include <stdio.h>

#include "base/log.h"

void body_open(struct body *b, const struct settings *s, uint16_t link_type)
{
	struct envelope_key key = {
		.kind = ENVELOPE_SERIAL_PACKET,
		.api = (enum envelope_api)bus_options.api,
		.direction = ENVELOPE_FROM_AGENT,
	};

	*b = (struct body){.pcap = s->pcap, .link_type = link_type};
	snprintf(key.name, sizeof key.name, "%s", s->name);
	if (envelope_key_build(b->key, sizeof b->key, &key) < 0)
		die(EXIT_USAGE, "'%s': makes a routing key that is too long", s->name);
}

static bool add_pcap(struct body *b, const struct envelope_packet *p)
{
	if (!b->frames &&
	    envelope_pcap_writer_init(&b->writer, b->octets, sizeof b->octets, b->link_type) < 0)
		return false;
	if (envelope_pcap_write(&b->writer, p) < 0)
		return false;
	b->length = b->writer.length;
	return true;
}

static bool add_json(struct body *b, const struct envelope_packet *p)
{
	const struct envelope_json_options options = {
		.api = (enum envelope_api)bus_options.api,
		.direction = ENVELOPE_FROM_AGENT,
		.with_slip = true,
		.interface_name = "serial",
	};

	if (b->frames)
		return false;
	long length = envelope_json_build((char *)b->octets, sizeof b->octets, p, &options);
	if (length < 0)
		return false;
	b->length = (size_t)length;
	return true;
}

bool body_add(struct body *b, const struct envelope_packet *frame)
{
	struct envelope_packet p = {frame->data, frame->length, frame->time_ns, frame->link_type};

	if (!(b->pcap ? add_pcap : add_json)(b, &p))
		return false;
	b->frames++;
	return true;
}

int body_publish(struct body *b, struct bus *bus)
{
	struct bus_publication publication = {
		.key = b->key,
		.content_type = b->pcap ? ENVELOPE_PCAP : ENVELOPE_JSON,
		.body = b->octets,
		.length = b->length,
		.units = b->frames,
	};
	int result = bus_publish(bus, &publication);

	if (result == 0)
		b->frames = 0;
	return result;
}
