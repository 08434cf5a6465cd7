#include "bus/properties.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json_text.h"
#include "bus/content.h"

/* Where the headers may end: what follows them always fits. */
enum { REST_MAX = 2048, END_ROOM = 2 };

struct writer {
	struct text t;
	bool failed; /* too deep, unknown or cut short */
};

static int64_t signed_of(uint64_t value, unsigned octets)
{
	unsigned shift = 64 - 8 * octets;

	return (int64_t)(value << shift) >> shift;
}

static void add_double(struct writer *w, double value)
{
	if (isfinite(value))
		text_add(&w->t, "%.17g", value);
	else
		text_add(&w->t, "null");
}

static void add_real(struct writer *w, struct content_reader *r, bool is_double)
{
	uint64_t bits = content_number(r, is_double ? 8 : 4);
	uint32_t half = (uint32_t)bits;
	double value = 0;
	float small = 0;

	if (is_double)
		memcpy(&value, &bits, sizeof value);
	else
		memcpy(&small, &half, sizeof small);
	add_double(w, is_double ? value : (double)small);
}

static void add_table(struct writer *w, amqp_bytes_t octets, bool is_array, unsigned depth);

static void add_hex(struct writer *w, amqp_bytes_t octets)
{
	text_add(&w->t, "\"");
	for (size_t i = 0; i < octets.len; i++)
		text_add(&w->t, "%02x", ((const uint8_t *)octets.bytes)[i]);
	text_add(&w->t, "\"");
}

static void add_number(struct writer *w, struct content_reader *r, char type)
{
	static const struct {
		char type;
		uint8_t octets;
		bool is_signed;
	} numbers[] = {{'b', 1, true},  {'B', 1, false}, {'s', 2, true},
	               {'u', 2, false}, {'I', 4, true},  {'i', 4, false},
	               {'l', 8, true},  {'L', 8, true},  {'T', 8, false}};

	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (numbers[i].type != type)
			continue;
		uint64_t value = content_number(r, numbers[i].octets);
		if (numbers[i].is_signed)
			text_add(&w->t, "%" PRId64, signed_of(value, numbers[i].octets));
		else
			text_add(&w->t, "%" PRIu64, value);
		return;
	}
	w->failed = true;
}

static void add_decimal(struct writer *w, struct content_reader *r)
{
	unsigned places = content_octet(r);
	/* AMQP's text has no sign here; pika and RabbitMQ's client for Java write one. */
	int64_t value = signed_of(content_number(r, 4), 4);

	text_add(&w->t, "%" PRId64 "e-%u", value, places);
}

static void add_value(struct writer *w, struct content_reader *r, unsigned depth)
{
	char type = (char)content_octet(r);
	amqp_bytes_t text;

	switch (type) {
	case 'S':
		text = content_long_text(r);
		json_text_add(&w->t, text.bytes, text.len);
		return;
	case 'x':
		add_hex(w, content_long_text(r));
		return;
	case 'F':
	case 'A':
		add_table(w, content_long_text(r), type == 'A', depth + 1);
		return;
	case 't':
		text_add(&w->t, content_octet(r) ? "true" : "false");
		return;
	case 'V':
		text_add(&w->t, "null");
		return;
	case 'f':
	case 'd':
		add_real(w, r, type == 'd');
		return;
	case 'D':
		add_decimal(w, r);
		return;
	default:
		add_number(w, r, type);
	}
}

static void add_table(struct writer *w, amqp_bytes_t octets, bool is_array, unsigned depth)
{
	struct content_reader r = {octets.bytes, octets.len, false};
	bool is_first = true;

	if (depth > PROPERTIES_DEPTH)
		w->failed = true;
	text_add(&w->t, is_array ? "[" : "{");
	while (r.left && !w->failed && w->t.length < w->t.size - 1) {
		if (!is_first)
			text_add(&w->t, ",");
		is_first = false;
		if (!is_array) {
			amqp_bytes_t key = content_short_text(&r);
			json_text_add(&w->t, key.bytes, key.len);
			text_add(&w->t, ":");
		}
		add_value(w, &r, depth);
		w->failed |= r.has_failed;
	}
	text_add(&w->t, is_array ? "]" : "}");
}

static void add_headers(struct text *t, amqp_bytes_t octets)
{
	struct writer w = {{t->out, PROPERTIES_TEXT_MAX - REST_MAX, t->length}, false};

	text_add(&w.t, "\"headers\":");
	add_table(&w, octets, false, 1);
	if (!w.failed && w.t.length < w.t.size - 1) {
		t->length = w.t.length;
		text_add(t, ",");
		return;
	}
	text_add(t, "\"headers\":null,\"headers_octets\":%zu,", octets.len);
}

static void add_text(struct text *t, const char *name, bool is_there, amqp_bytes_t text)
{
	size_t room = t->size - t->length;

	/* A text of 255 octets fits, whatever it consists of; headers have left that room. */
	if (!is_there || room < strlen(name) + JSON_TEXT_GROWTH * text.len + 8)
		return;
	text_add(t, "\"%s\":", name);
	json_text_add(t, text.bytes, text.len);
	text_add(t, ",");
}

static void add_count(struct text *t, const char *name, bool is_there, uint64_t value)
{
	enum { LONGEST = 48 };

	if (is_there && t->size - t->length > LONGEST)
		text_add(t, "\"%s\":%" PRIu64 ",", name, value);
}

static void add_before_headers(struct text *t, const amqp_basic_properties_t *p)
{
	amqp_flags_t f = p->_flags;

	add_text(t, "content_type", f & AMQP_BASIC_CONTENT_TYPE_FLAG, p->content_type);
	add_text(t, "content_encoding", f & AMQP_BASIC_CONTENT_ENCODING_FLAG, p->content_encoding);
}

static void add_behind_headers(struct text *t, const amqp_basic_properties_t *p)
{
	amqp_flags_t f = p->_flags;

	add_count(t, "delivery_mode", f & AMQP_BASIC_DELIVERY_MODE_FLAG, p->delivery_mode);
	add_count(t, "priority", f & AMQP_BASIC_PRIORITY_FLAG, p->priority);
	add_text(t, "correlation_id", f & AMQP_BASIC_CORRELATION_ID_FLAG, p->correlation_id);
	add_text(t, "reply_to", f & AMQP_BASIC_REPLY_TO_FLAG, p->reply_to);
	add_text(t, "expiration", f & AMQP_BASIC_EXPIRATION_FLAG, p->expiration);
	add_text(t, "message_id", f & AMQP_BASIC_MESSAGE_ID_FLAG, p->message_id);
	add_count(t, "timestamp", f & AMQP_BASIC_TIMESTAMP_FLAG, p->timestamp);
	add_text(t, "type", f & AMQP_BASIC_TYPE_FLAG, p->type);
	add_text(t, "user_id", f & AMQP_BASIC_USER_ID_FLAG, p->user_id);
	add_text(t, "app_id", f & AMQP_BASIC_APP_ID_FLAG, p->app_id);
	add_text(t, "cluster_id", f & AMQP_BASIC_CLUSTER_ID_FLAG, p->cluster_id);
}

size_t properties_json(char out[PROPERTIES_TEXT_MAX], const amqp_basic_properties_t *p,
                       amqp_bytes_t headers)
{
	struct text t = {out, PROPERTIES_TEXT_MAX - END_ROOM, 0};

	text_add(&t, "{");
	add_before_headers(&t, p);
	if (headers.len)
		add_headers(&t, headers);
	add_behind_headers(&t, p);
	if (out[t.length - 1] == ',')
		t.length--;
	t.size += END_ROOM;
	text_add(&t, "}");
	return t.length;
}
