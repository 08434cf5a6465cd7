#include "unpack.h"

#include <string.h>

static bool is_type(const char *content_type, const char *wanted)
{
	size_t n = strlen(wanted);

	/* Parameters ("; charset=utf-8") say nothing that we need. */
	return strncmp(content_type, wanted, n) == 0 &&
	       (content_type[n] == '\0' || content_type[n] == ';' || content_type[n] == ' ');
}

static enum unpack_form form_of(const char *content_type)
{
	if (!content_type[0] || is_type(content_type, ENVELOPE_JSON))
		return UNPACK_JSON;
	if (is_type(content_type, ENVELOPE_PCAP))
		return UNPACK_PCAP;
	return is_type(content_type, ENVELOPE_GSO) ? UNPACK_GSO : UNPACK_UNKNOWN;
}

int unpack_begin(struct unpack *u, const struct bus_message *m, const struct envelope_key *key)
{
	int error = 0;

	u->message = m;
	u->form = form_of(m->content_type);
	u->segmenting = false;
	u->offset = 0;
	u->arrival_ns = now_ns();
	u->link_type = key->kind == ENVELOPE_TUN_PACKET ? LINK_RAW : LINK_IEEE802_15_4_NOFCS;
	if (u->form == UNPACK_UNKNOWN)
		error = UNPACK_ECONTENT;
	else if (u->form == UNPACK_PCAP)
		error = envelope_pcap_open(&u->pcap, m->body, m->length);
	else if (u->form == UNPACK_GSO)
		error = envelope_gso_open(&u->gso, m->body, m->length);
	u->ended = error < 0;
	return error;
}

static int next_json(struct unpack *u, struct envelope_packet *e)
{
	e->link_type = u->link_type;
	u->ended = true;
	int error = envelope_json_read(e, u->octets, sizeof u->octets, (const char *)u->message->body,
	                               u->message->length, &u->offset);
	return error < 0 ? error : 1;
}

static int next_record(struct unpack *u, struct envelope_packet *e)
{
	int result = envelope_pcap_next(&u->pcap, e);

	u->offset = u->pcap.offset;
	u->ended = result == 0 || result == ENVELOPE_EPCAP || (result < 0 && u->pcap.offset == u->pcap.length);
	return result;
}

static int next_segment(struct unpack *u, struct envelope_packet *e)
{
	struct envelope_gso_packet super;

	for (;;) {
		if (u->segmenting && envelope_segment_next(&u->segmenter, u->octets, sizeof u->octets, e) > 0)
			return 1;
		u->segmenting = false;
		int result = envelope_gso_next(&u->gso, &super);
		u->offset = u->gso.offset;
		u->ended = result == 0 || (result < 0 && result != ENVELOPE_EVNET);
		if (result > 0)
			result =
			    envelope_segment_begin(&u->segmenter, &super.vnet, &super.packet) < 0 ? ENVELOPE_EVNET : 1;
		if (result <= 0)
			return result;
		u->segmenting = true;
	}
}

static int next_packet(struct unpack *u, struct envelope_packet *e)
{
	switch (u->form) {
	case UNPACK_JSON:
		return next_json(u, e);
	case UNPACK_PCAP:
		return next_record(u, e);
	default:
		return next_segment(u, e);
	}
}

int unpack_next(struct unpack *u, struct packet *p)
{
	struct envelope_packet e = {0};
	int result = u->ended ? 0 : next_packet(u, &e);

	if (result > 0)
		*p = (struct packet){e.data, e.length, e.time_ns ? e.time_ns : u->arrival_ns, e.link_type};
	return result;
}

const char *unpack_strerror(int error)
{
	return error == UNPACK_ECONTENT ? "a content type that is not read here" : envelope_strerror(error);
}
