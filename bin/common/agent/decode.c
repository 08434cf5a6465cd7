#include "agent/decode.h"

#include <string.h>
#include <strings.h>

static bool is_type(const char *content_type, const char *wanted)
{
	size_t n = strlen(wanted);

	/* Parameters ("; charset=utf-8") say nothing that we need. */
	return strncasecmp(content_type, wanted, n) == 0 &&
	       (content_type[n] == '\0' || content_type[n] == ';' || content_type[n] == ' ');
}

static enum unpack_form form_of(const char *content_type)
{
	if (is_type(content_type, ENVELOPE_PCAP))
		return UNPACK_PCAP;
	if (is_type(content_type, ENVELOPE_GSO))
		return UNPACK_GSO;
	return content_type[0] == '\0' || is_type(content_type, ENVELOPE_JSON) ? UNPACK_JSON
	                                                                       : UNPACK_UNNAMED;
}

static int refuse(struct unpack *u, enum unpack_reason reason, const char *words, size_t offset)
{
	u->refusal = (struct unpack_refusal){reason, words, offset};
	return -1;
}

static int refuse_rest(struct unpack *u, enum unpack_reason reason, int error, size_t offset)
{
	u->form = UNPACK_ENDED;
	return refuse(u, reason, envelope_strerror(error), offset);
}

/* What cannot be opened is told by the first unpack_next. */
static void refuse_body(struct unpack *u, enum unpack_reason reason, const char *words)
{
	u->form = UNPACK_REFUSED;
	refuse(u, reason, words, 0);
}

/* --- JSON --- */

static int refuse_json(struct unpack *u, const struct envelope_fault *fault)
{
	enum unpack_reason reason = UNPACK_NOT_JSON;

	if (fault->error == ENVELOPE_ERANGE)
		reason = UNPACK_OCTET;
	else if (fault->error == ENVELOPE_ENODATA)
		reason = UNPACK_NO_DATA;
	else if (fault->error == ENVELOPE_ETOOLONG)
		reason = UNPACK_TOO_LONG;
	return refuse(u, reason, envelope_strerror(fault->error), fault->offset);
}

static int next_json(struct unpack *u, struct envelope_gso_packet *p, bool named)
{
	const struct bus_message *m = u->message;
	struct envelope_fault fault;
	int error = envelope_json_parse(&p->packet, u->room, u->room_size, (const char *)m->body,
	                                m->length, &fault);

	u->form = UNPACK_ENDED;
	p->packet.link_type = u->json_link_type;
	p->octets = NULL;
	if (error == ENVELOPE_ESYNTAX && !named)
		return refuse(u, UNPACK_ENCODING,
		              "a content type that is not read here, and no JSON", fault.offset);
	return error < 0 ? refuse_json(u, &fault) : 1;
}

/* --- pcap --- */

static void open_pcap(struct unpack *u)
{
	int error = envelope_pcap_reader_init(&u->pcap, u->message->body, u->message->length);
	bool ip = error == ENVELOPE_OK && u->pcap.link_type == ENVELOPE_LINK_RAW;

	if (error < 0)
		refuse_body(u, error == ENVELOPE_ELINKTYPE ? UNPACK_LINK_TYPE : UNPACK_NOT_PCAP,
		            envelope_strerror(error));
	else if (ip && !(u->wanted & UNPACK_IP))
		refuse_body(u, UNPACK_LINK_TYPE, "a capture of IP packets, not of 802.15.4 frames");
	else if (!ip && !(u->wanted & UNPACK_FRAMES))
		refuse_body(u, UNPACK_LINK_TYPE, "a capture of 802.15.4 frames, not of IP packets");
}

static int next_record(struct unpack *u, struct envelope_gso_packet *p)
{
	int outcome = envelope_pcap_read(&u->pcap, &p->packet);

	p->octets = NULL;
	if (outcome >= 0)
		return outcome;
	if (outcome == ENVELOPE_EPCAP)
		return refuse_rest(u, UNPACK_NOT_PCAP, outcome, u->pcap.offset);
	return refuse(u, UNPACK_RECORD, envelope_strerror(outcome), u->pcap.offset);
}

/* --- gso --- */

static void open_gso(struct unpack *u)
{
	int error = envelope_gso_reader_init(&u->gso, u->message->body, u->message->length);

	if (!(u->wanted & UNPACK_IP))
		refuse_body(u, UNPACK_ENCODING, "an encoding for IP packets");
	else if (error < 0)
		refuse_body(u, UNPACK_NOT_GSO, envelope_strerror(error));
}

static int next_super(struct unpack *u, struct envelope_gso_packet *p)
{
	int outcome = envelope_gso_read(&u->gso, p);

	if (outcome >= 0)
		return outcome;
	if (outcome == ENVELOPE_EGSO)
		return refuse_rest(u, UNPACK_NOT_GSO, outcome, u->gso.offset);
	return refuse(u, outcome == ENVELOPE_EVNET ? UNPACK_HEADER : UNPACK_RECORD,
	              envelope_strerror(outcome), u->gso.offset);
}

/* --- any --- */

void unpack_begin(struct unpack *u, const struct bus_message *m, uint16_t json_link_type)
{
	u->message = m;
	u->form = form_of(m->content_type);
	u->json_link_type = json_link_type;
	if (u->form == UNPACK_PCAP)
		open_pcap(u);
	else if (u->form == UNPACK_GSO)
		open_gso(u);
}

int unpack_next(struct unpack *u, struct envelope_gso_packet *p)
{
	switch (u->form) {
	case UNPACK_PCAP:
		return next_record(u, p);
	case UNPACK_GSO:
		return next_super(u, p);
	case UNPACK_JSON:
	case UNPACK_UNNAMED:
		return next_json(u, p, u->form == UNPACK_JSON);
	case UNPACK_REFUSED:
		u->form = UNPACK_ENDED;
		return -1;
	default:
		return 0;
	}
}
