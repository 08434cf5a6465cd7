#include "body.h"

#include "agent/keys.h"

int body_open(struct body *b, const struct settings *s, uint16_t link_type, struct why *why)
{
	*b = (struct body){
		.pcap = s->pcap, .api = (enum envelope_api)s->bus.api, .link_type = link_type};
	return keys_write(b->key, ENVELOPE_SERIAL_PACKET, b->pcap ? ENVELOPE_OWN : b->api,
	                  ENVELOPE_FROM_AGENT, s->name, "", why);
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
		.api = b->api,
		.direction = ENVELOPE_FROM_AGENT,
		.with_slip = true,
		.interface_name = "serial",
		.point = true,
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

int body_publish(struct body *b, struct publisher *publisher)
{
	struct bus_publication publication = {
		.key = b->key,
		.content_type = b->pcap ? ENVELOPE_PCAP : ENVELOPE_JSON,
		.body = b->octets,
		.length = b->length,
		.units = b->frames,
	};
	int result = publisher_publish(publisher, &publication);

	if (result == 0)
		b->frames = 0;
	return result;
}
