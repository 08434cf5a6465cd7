#include <string.h>

#include "envelope.h"
#include "envelope_fault.h"
#include "envelope_json.h"
#include "envelope_number.h"
#include "envelope_scan.h"

enum { TIME_TEXT_MAX = 64 };
static const char data_key[] = "data";

/* What the last `data` and `timestamp` so far said. A fault in them counts only if no later key
 * replaces it. */
struct message {
	const struct envelope_octets_kernel *kernel;
	uint8_t *data;
	size_t size, length;
	int64_t time_ns;
	int fault;
	const uint8_t *fault_at;
	const char *fault_field;
	struct envelope_json_details *details; /* NULL: nobody asks */
};

static void note_fault(struct message *m, int fault, const uint8_t *at)
{
	if (m->fault)
		return;
	m->fault = fault;
	m->fault_at = at;
}

static void store(struct message *m, int octet, const uint8_t *at)
{
	if (octet < 0)
		note_fault(m, octet, at);
	else if (m->length == m->size || m->length == ENVELOPE_PACKET_MAX)
		note_fault(m, ENVELOPE_ETOOLONG, at);
	else
		m->data[m->length++] = (uint8_t)octet;
}

/* All that the kernel knows how to read; what it stops at is read by read_element. */
static void read_run(struct scanner *s, struct message *m)
{
	size_t room = m->size < ENVELOPE_PACKET_MAX ? m->size : ENVELOPE_PACKET_MAX;
	struct envelope_octets_run run;

	if (m->fault)
		return;
	run = m->kernel->read(m->data + m->length, room - m->length, s->at,
	                      (size_t)(s->end - s->at));
	m->length += run.count;
	s->at += run.used;
	envelope_scan_space(s);
}

static bool read_element(struct scanner *s, struct message *m)
{
	const uint8_t *from = s->at;
	struct envelope_scan_number number;

	if (s->at == s->end)
		return false;
	if (*s->at != '-' && (*s->at < '0' || *s->at > '9')) {
		note_fault(m, ENVELOPE_ETYPE, from);
		return envelope_scan_value(s);
	}
	if (!envelope_scan_number(s, &number))
		return false;
	store(m, envelope_number_octet(&number), from);
	return true;
}

static bool read_array(struct scanner *s, struct message *m)
{
	envelope_scan_space(s);
	if (envelope_scan_skip(s, ']')) {
		note_fault(m, ENVELOPE_ENODATA, s->at - 1);
		return true;
	}
	for (;;) {
		read_run(s, m);
		if (!read_element(s, m))
			return false;
		envelope_scan_space(s);
		if (envelope_scan_skip(s, ']'))
			return true;
		if (!envelope_scan_skip(s, ','))
			return false;
		envelope_scan_space(s);
	}
}

static bool read_data(struct scanner *s, struct message *m)
{
	m->length = 0;
	m->fault = ENVELOPE_OK;
	if (envelope_scan_skip(s, '['))
		return read_array(s, m);
	note_fault(m, ENVELOPE_ETYPE, s->at);
	return envelope_scan_value(s);
}

static int64_t time_of_number(const struct envelope_scan_number *number, bool *whole)
{
	int64_t time_ns;

	*whole = number->fraction_count == 0;
	return envelope_number_time(number, &time_ns) ? time_ns : 0;
}

static int64_t time_of_text(const struct envelope_scan_string *string, bool *whole)
{
	uint8_t text[TIME_TEXT_MAX];
	int length = envelope_scan_string_text(string, text, sizeof(text));
	struct scanner s;
	struct envelope_scan_number number;

	if (length < 0)
		return 0;
	s.at = text;
	s.end = text + length;
	envelope_scan_space(&s);
	if (!envelope_scan_number(&s, &number))
		return 0;
	envelope_scan_space(&s);
	return s.at == s.end ? time_of_number(&number, whole) : 0;
}

static bool read_timestamp(struct scanner *s, struct message *m)
{
	struct envelope_scan_string string;
	struct envelope_scan_number number;
	bool whole = false;

	m->time_ns = 0;
	if (envelope_scan_is(s, '"')) {
		if (!envelope_scan_string(s, &string))
			return false;
		m->time_ns = time_of_text(&string, &whole);
	} else if (s->at < s->end && (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))) {
		if (!envelope_scan_number(s, &number))
			return false;
		m->time_ns = time_of_number(&number, &whole);
	} else if (!envelope_scan_value(s)) {
		return false;
	}
	if (m->details)
		m->details->whole_seconds = whole;
	return true;
}

static bool key_is(const struct envelope_scan_string *key, const char *name, size_t length)
{
	uint8_t text[16];

	if (!key->escaped)
		return key->length == length && memcmp(key->text, name, length) == 0;
	return envelope_scan_string_text(key, text, sizeof(text)) == (int)length &&
	       memcmp(text, name, length) == 0;
}

static bool read_name(struct scanner *s, char *name, size_t size)
{
	struct envelope_scan_string string;
	int length;

	name[0] = '\0';
	if (!envelope_scan_is(s, '"'))
		return envelope_scan_value(s);
	if (!envelope_scan_string(s, &string))
		return false;
	length = envelope_scan_string_text(&string, (uint8_t *)name, size - 1);
	if (length < 0 || memchr(name, '\0', (size_t)length))
		length = 0;
	name[length] = '\0';
	return true;
}

static bool read_detail(struct scanner *s, struct envelope_json_details *d,
                        const struct envelope_scan_string *key)
{
	if (key_is(key, "interface_name", 14))
		return read_name(s, d->interface_name, sizeof(d->interface_name));
	if (key_is(key, "data_slip", 9))
		d->with_slip = true;
	if (key_is(key, "_type", 5))
		d->api = ENVELOPE_V0;
	return envelope_scan_value(s);
}

static bool read_member(struct scanner *s, struct message *m)
{
	struct envelope_scan_string key;

	if (!envelope_scan_key(s, &key))
		return false;
	if (key_is(&key, data_key, sizeof(data_key) - 1))
		return read_data(s, m);
	if (key_is(&key, "timestamp", 9))
		return read_timestamp(s, m);
	return m->details ? read_detail(s, m->details, &key) : envelope_scan_value(s);
}

static bool read_object(struct scanner *s, struct message *m)
{
	envelope_scan_space(s);
	if (envelope_scan_skip(s, '}'))
		return true;
	do {
		if (!read_member(s, m))
			return false;
		envelope_scan_space(s);
	} while (envelope_scan_skip(s, ','));
	return envelope_scan_skip(s, '}');
}

static bool read_body(struct scanner *s, struct message *m)
{
	envelope_scan_space(s);
	if (envelope_scan_skip(s, '{')) {
		if (!read_object(s, m))
			return false;
		if (!m->fault_at)
			m->fault_at = s->at - 1;
	} else {
		m->fault = ENVELOPE_ETYPE;
		m->fault_at = s->at;
		m->fault_field = "";
		if (!envelope_scan_value(s))
			return false;
	}
	envelope_scan_space(s);
	return s->at == s->end;
}

static int parse_message(struct message *m, struct envelope_packet *packet, const char *body,
                         size_t length, struct envelope_fault *fault)
{
	const uint8_t *from = (const uint8_t *)body;
	struct scanner s;

	s.at = from;
	s.end = from + length;
	if (!read_body(&s, m)) {
		m->fault = ENVELOPE_ESYNTAX;
		m->fault_at = s.at;
		m->fault_field = "";
	}
	if (m->fault)
		return envelope_fault_set(fault, m->fault, (size_t)(m->fault_at - from),
		                          m->fault_field);
	packet->data = m->data;
	packet->length = m->length;
	packet->time_ns = m->time_ns;
	return envelope_fault_set(fault, ENVELOPE_OK, 0, "");
}

int envelope_json_parse_with(const struct envelope_octets_kernel *kernel,
                             struct envelope_packet *packet, uint8_t *data, size_t data_size,
                             const char *body, size_t length, struct envelope_fault *fault)
{
	struct message m = {.kernel = kernel,
	                    .data = data,
	                    .size = data_size,
	                    .fault = ENVELOPE_ENODATA,
	                    .fault_field = data_key};

	return parse_message(&m, packet, body, length, fault);
}

int envelope_json_parse(struct envelope_packet *packet, uint8_t *data, size_t data_size,
                        const char *body, size_t length, struct envelope_fault *fault)
{
	return envelope_json_parse_with(envelope_octets_best(), packet, data, data_size, body,
	                                length, fault);
}

int envelope_json_parse_details(struct envelope_packet *packet,
                                struct envelope_json_details *details, uint8_t *data,
                                size_t data_size, const char *body, size_t length,
                                struct envelope_fault *fault)
{
	struct message m = {.kernel = envelope_octets_best(),
	                    .data = data,
	                    .size = data_size,
	                    .fault = ENVELOPE_ENODATA,
	                    .fault_field = data_key,
	                    .details = details};

	*details = (struct envelope_json_details){.api = ENVELOPE_V1};
	return parse_message(&m, packet, body, length, fault);
}
