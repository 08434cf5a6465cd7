#include "agent/decode.h"

#include <string.h>
#include <strings.h>

#include "base/limit.h"
#include "bus/sequences.h"

static const char *const default_names[DECODE_REASONS] = {
	[DECODE_NOT_JSON] = "rejected_not_json",   [DECODE_OCTET] = "rejected_octet",
	[DECODE_NO_DATA] = "rejected_no_data",     [DECODE_TOO_LONG] = "rejected_too_long",
	[DECODE_NOT_PCAP] = "rejected_not_pcap",   [DECODE_RECORD] = "rejected_record",
	[DECODE_LINK_TYPE] = "rejected_link_type", [DECODE_NOT_GSO] = "rejected_not_gso",
	[DECODE_HEADER] = "rejected_header",       [DECODE_ENCODING] = "rejected_encoding",
};

static bool is_type(const char *content_type, const char *wanted)
{
	size_t n = strlen(wanted);

	/* Parameters ("; charset=utf-8") say nothing that we need. */
	return strncasecmp(content_type, wanted, n) == 0 &&
	       (content_type[n] == '\0' || content_type[n] == ';' || content_type[n] == ' ');
}

static enum decode_form form_of(const char *content_type)
{
	if (is_type(content_type, ENVELOPE_PCAP))
		return DECODE_FORM_PCAP;
	if (is_type(content_type, ENVELOPE_GSO))
		return DECODE_FORM_GSO;
	return content_type[0] == '\0' || is_type(content_type, ENVELOPE_JSON)
	               ? DECODE_FORM_JSON
	               : DECODE_FORM_UNNAMED;
}

static int refuse(struct decoder *d, enum decode_reason reason, const char *words, size_t offset)
{
	d->refusal = (struct decode_refusal){reason, words, offset};
	return -1;
}

static int refuse_rest(struct decoder *d, enum decode_reason reason, int error, size_t offset)
{
	d->form = DECODE_FORM_ENDED;
	return refuse(d, reason, envelope_strerror(error), offset);
}

/* What cannot be opened is told by the first decode_next. */
static void refuse_body(struct decoder *d, enum decode_reason reason, const char *words)
{
	d->form = DECODE_FORM_REFUSED;
	refuse(d, reason, words, 0);
}

/* --- JSON --- */

static int refuse_json(struct decoder *d, int error, size_t offset)
{
	switch (error) {
	case ENVELOPE_ERANGE:
		return refuse(d, DECODE_OCTET, envelope_strerror(error), offset);
	case ENVELOPE_ENODATA:
		return refuse(d, DECODE_NO_DATA, envelope_strerror(error), offset);
	case ENVELOPE_ETOOLONG:
		return refuse(d, DECODE_TOO_LONG, envelope_strerror(error), offset);
	default:
		return refuse(d, DECODE_NOT_JSON, envelope_strerror(error), offset);
	}
}

/* Agents of API v0 leave the time of a frame as their library's template has it. */
static bool is_v0_frame(const struct bus_message *m)
{
	static const char prefix[] = "data.serial.";

	return strncmp(m->key, prefix, sizeof prefix - 1) == 0 && !sequences_is_id(m->message_id);
}

static int next_json(struct decoder *d, struct envelope_gso_packet *p, bool named)
{
	const struct bus_message *m = d->message;
	struct envelope_json_details details;
	struct envelope_fault fault;
	int error = envelope_json_parse_details(&p->packet, &details, d->room, d->room_size,
	                                        (const char *)m->body, m->length, &fault);

	d->form = DECODE_FORM_ENDED;
	p->packet.link_type = d->json_link_type;
	if (error == ENVELOPE_OK && (details.whole_seconds || is_v0_frame(m)))
		p->packet.time_ns = 0;
	p->octets = NULL;
	if (error == ENVELOPE_ESYNTAX && !named)
		return refuse(d, DECODE_ENCODING,
		              "a content type that is not read here, and no JSON", fault.offset);
	return error < 0 ? refuse_json(d, error, fault.offset) : 1;
}

/* --- pcap --- */

static void open_pcap(struct decoder *d)
{
	int error = envelope_pcap_reader_init(&d->pcap, d->message->body, d->message->length);
	bool ip = error == ENVELOPE_OK && d->pcap.link_type == ENVELOPE_LINK_RAW;

	if (error < 0)
		refuse_body(d, error == ENVELOPE_ELINKTYPE ? DECODE_LINK_TYPE : DECODE_NOT_PCAP,
		            envelope_strerror(error));
	else if (ip && !(d->wanted & DECODE_IP))
		refuse_body(d, DECODE_LINK_TYPE, "a capture of IP packets, not of 802.15.4 frames");
	else if (!ip && !(d->wanted & DECODE_FRAMES))
		refuse_body(d, DECODE_LINK_TYPE, "a capture of 802.15.4 frames, not of IP packets");
}

static int next_record(struct decoder *d, struct envelope_gso_packet *p)
{
	int outcome = envelope_pcap_read(&d->pcap, &p->packet);

	p->octets = NULL;
	if (outcome >= 0)
		return outcome;
	if (outcome == ENVELOPE_EPCAP)
		return refuse_rest(d, DECODE_NOT_PCAP, outcome, d->pcap.offset);
	return refuse(d, DECODE_RECORD, envelope_strerror(outcome), d->pcap.offset);
}

/* --- gso --- */

static void open_gso(struct decoder *d)
{
	int error = envelope_gso_reader_init(&d->gso, d->message->body, d->message->length);

	if (!(d->wanted & DECODE_IP))
		refuse_body(d, DECODE_ENCODING, "an encoding for IP packets");
	else if (error < 0)
		refuse_body(d, DECODE_NOT_GSO, envelope_strerror(error));
}

static int next_super(struct decoder *d, struct envelope_gso_packet *p)
{
	int outcome = envelope_gso_read(&d->gso, p);

	if (outcome >= 0)
		return outcome;
	if (outcome == ENVELOPE_EGSO)
		return refuse_rest(d, DECODE_NOT_GSO, outcome, d->gso.offset);
	return refuse(d, outcome == ENVELOPE_EVNET ? DECODE_HEADER : DECODE_RECORD,
	              envelope_strerror(outcome), d->gso.offset);
}

/* --- any --- */

void decode_begin(struct decoder *d, const struct bus_message *m, uint16_t json_link_type)
{
	d->message = m;
	d->form = form_of(m->content_type);
	d->json_link_type = json_link_type;
	if (d->form == DECODE_FORM_PCAP)
		open_pcap(d);
	else if (d->form == DECODE_FORM_GSO)
		open_gso(d);
}

static int next(struct decoder *d, struct envelope_gso_packet *p)
{
	switch (d->form) {
	case DECODE_FORM_PCAP:
		return next_record(d, p);
	case DECODE_FORM_GSO:
		return next_super(d, p);
	case DECODE_FORM_JSON:
	case DECODE_FORM_UNNAMED:
		return next_json(d, p, d->form == DECODE_FORM_JSON);
	case DECODE_FORM_REFUSED:
		d->form = DECODE_FORM_ENDED;
		return -1;
	default:
		return 0;
	}
}

int decode_next(struct decoder *d, struct envelope_gso_packet *p)
{
	int outcome = next(d, p);

	if (outcome < 0)
		decode_refuse(d, d->refusal.reason, d->refusal.words, d->refusal.offset);
	return outcome;
}

/* --- refusals --- */

static unsigned find_counter(const struct decoder *d, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(d->counters[i].name, name) == 0)
			return i;
	return count;
}

void decode_register(struct decoder *d, const char *section)
{
	unsigned count = 0;

	for (unsigned reason = 0; reason < DECODE_REASONS; reason++) {
		const char *name = d->names[reason] ? d->names[reason] : default_names[reason];
		unsigned found = find_counter(d, count, name);

		if (found == count)
			d->counters[count++].name = name;
		d->counter_of[reason] = found;
	}
	stats_register(section, d->counters, count);
}

void decode_tell(const struct bus_message *m, const char *counter, const char *words, size_t offset)
{
	limited_info("%s: %s (%s, offset %zu of %zu)", m->key, words, counter, offset, m->length);
}

void decode_refuse(struct decoder *d, enum decode_reason reason, const char *words, size_t offset)
{
	struct counter *counter = &d->counters[d->counter_of[reason]];

	stats_add(counter, 1);
	decode_tell(d->message, counter->name, words, offset);
}
