#include "unpack.h"

#include <string.h>

static bool is_type(const char *content_type, const char *wanted)
{
	size_t n = strlen(wanted);

	/* Parameters ("; charset=utf-8") say nothing that we need. */
	return strncmp(content_type, wanted, n) == 0 && (content_type[n] == '\0' || content_type[n] == ';' || content_type[n] == ' ');
}

int unpack_begin(struct unpack *u, const struct bus_message *m, const struct envelope_key *key)
{
	u->message = m;
	u->form = UNPACK_NOTHING;
	u->offset = 0;
	u->arrival_ns = now_ns();
	u->link_type = key->kind == ENVELOPE_TUN_PACKET ? LINK_RAW : LINK_IEEE802_15_4_NOFCS;
	u->is_pcap = is_type(m->content_type, ENVELOPE_PCAP);
	if (!m->content_type[0] || is_type(m->content_type, ENVELOPE_JSON)) {
		u->form = UNPACK_JSON;
		return 0;
	}
	if (!u->is_pcap)
		return UNPACK_ECONTENT;
	int error = envelope_pcap_open(&u->pcap, m->body, m->length);
	if (error == 0)
		u->form = UNPACK_PCAP;
	return error;
}

static int next_json(struct unpack *u, struct envelope_packet *e)
{
	e->link_type = u->link_type;
	u->form = UNPACK_NOTHING;
	int error = envelope_json_read(e, u->octets, sizeof u->octets, (const char *)u->message->body, u->message->length, &u->offset);
	return error < 0 ? error : 1;
}

static int next_record(struct unpack *u, struct envelope_packet *e)
{
	int result = envelope_pcap_next(&u->pcap, e);

	u->offset = u->pcap.offset;
	if (result == 0 || result == ENVELOPE_EPCAP || (result < 0 && u->pcap.offset == u->pcap.length))
		u->form = UNPACK_NOTHING;
	return result;
}

int unpack_next(struct unpack *u, struct packet *p)
{
	struct envelope_packet e = {0};
	int result = u->form == UNPACK_JSON ? next_json(u, &e) : u->form == UNPACK_PCAP ? next_record(u, &e) : 0;

	if (result > 0)
		*p = (struct packet){e.data, e.length, e.time_ns ? e.time_ns : u->arrival_ns, e.link_type};
	return result;
}

const char *unpack_strerror(int error)
{
	return error == UNPACK_ECONTENT ? "a content type that is not read here" : envelope_strerror(error);
}
