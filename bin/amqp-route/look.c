#include "look.h"

#include <stdlib.h>
#include <string.h>

#include "capture/ip_filter.h"
#include "packet/filter.h"

struct only {
	struct filter *frames;     /* NULL: none is meant */
	struct ip_filter *packets; /* the same */
};

struct only *only_new(const char *expression, struct why *why)
{
	struct only *o = calloc(1, sizeof *o);
	struct why of_frames, of_packets;

	if (!o) {
		why_set(why, "out of memory");
		return NULL;
	}
	o->frames = filter_new(expression, &of_frames);
	o->packets = ip_filter_new(expression, &of_packets);
	if (o->frames || o->packets)
		return o;
	why_set(why, "'%.100s': as a filter of frames: %.150s; as one of IP packets: %.150s",
	        expression, of_frames.text, of_packets.text);
	only_free(o);
	return NULL;
}

void only_free(struct only *o)
{
	if (!o)
		return;
	filter_free(o->frames);
	ip_filter_free(o->packets);
	free(o);
}

void look_init(struct look *l)
{
	l->decoder = (struct decoder){
		.wanted = DECODE_IP | DECODE_FRAMES, .room = l->room, .room_size = sizeof l->room};
	for (unsigned i = 0; i < DECODE_REASONS; i++)
		l->decoder.names[i] = "unreadable";
	decode_register(&l->decoder, "look");
}

static bool is_meant(const struct only *o, const struct envelope_packet *p)
{
	if (p->link_type == ENVELOPE_LINK_RAW)
		return o->packets && ip_filter_passes(o->packets, p);
	return o->frames && filter_passes(o->frames, p);
}

static void begin(struct look *l, const struct bus_message *m, bool serial)
{
	decode_begin(&l->decoder, m, serial ? ENVELOPE_LINK_IEEE802_15_4_NOFCS : ENVELOPE_LINK_RAW);
}

enum look_result look_is_meant(struct look *l, const struct only *o, const struct bus_message *m,
                               bool serial)
{
	struct envelope_gso_packet p;
	enum look_result result = LOOK_NO;
	int outcome;

	begin(l, m, serial);
	while ((outcome = decode_next(&l->decoder, &p)) != 0) {
		if (outcome < 0)
			return LOOK_UNREADABLE;
		if (is_meant(o, &p.packet))
			result = LOOK_YES;
	}
	return result;
}

/* --- a bit that is changed --- */

static bool make_room(struct look *l, size_t size)
{
	if (size <= l->body_size)
		return true;
	char *body = realloc(l->body, size);
	if (!body)
		return false;
	l->body = body;
	l->body_size = size;
	return true;
}

static void flip(uint8_t *octets, size_t length, uint64_t bit)
{
	bit %= (uint64_t)length * 8;
	octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* Written anew: what else a body of another hand holds is not passed on. */
static enum look_result corrupt_json(struct look *l, const struct envelope_key *key,
                                     const uint8_t **body, size_t *length, uint64_t bit)
{
	struct envelope_json_options options = {.api = key->api == ENVELOPE_V0 ? ENVELOPE_V0
	                                                                       : ENVELOPE_V1};
	struct envelope_json_details details;
	struct envelope_fault fault;
	struct envelope_packet p;

	if (envelope_json_parse_details(&p, &details, l->room, sizeof l->room, (const char *)*body,
	                                *length, &fault) < 0)
		return LOOK_UNREADABLE;
	flip(l->room, p.length, bit);
	options.interface_name = details.interface_name;
	options.point = !details.whole_seconds;
	if (!make_room(l, envelope_json_max(p.length, &options)))
		return LOOK_UNREADABLE;
	long written = envelope_json_build(l->body, l->body_size, &p, &options);
	*body = (const uint8_t *)l->body;
	*length = written > 0 ? (size_t)written : 0;
	return written > 0 ? LOOK_YES : LOOK_UNREADABLE;
}

enum look_result look_corrupt(struct look *l, const struct bus_message *m,
                              const struct envelope_key *key, const uint8_t **body, size_t *length,
                              uint64_t bit)
{
	struct envelope_gso_packet p;

	begin(l, m, key->kind == ENVELOPE_SERIAL_PACKET);
	if (decode_next(&l->decoder, &p) <= 0)
		return LOOK_UNREADABLE;
	if (p.packet.data == l->room)
		return corrupt_json(l, key, body, length, bit);
	if (!make_room(l, m->length))
		return LOOK_UNREADABLE;
	memcpy(l->body, m->body, m->length);
	flip((uint8_t *)l->body + (p.packet.data - m->body), p.packet.length, bit);
	*body = (const uint8_t *)l->body;
	*length = m->length;
	return LOOK_YES;
}
