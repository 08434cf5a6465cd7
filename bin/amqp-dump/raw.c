#include "raw.h"

#include <string.h>

#include "base/json_text.h"
#include "packet/json_lines.h"
#include "packet/lines.h"

enum { LINE_PROPERTIES_MAX = 600 };

/* A character that begins within the bound and ends behind it is left out. */
static size_t cut_text(const struct bus_message *m, size_t most)
{
	size_t n = m->length < most ? m->length : most;

	for (unsigned back = 0; n < m->length && n && back < 3 && (m->body[n] & 0xc0) == 0x80;
	     back++)
		n--;
	return n;
}

static void add_hex(struct text *t, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		text_add(t, "%02x", octets[i]);
}

size_t raw_line(char *out, size_t size, const struct bus_message *m,
                const struct envelope_packet *p)
{
	struct text t = {out, size, readable_time(out, size, p->time_ns)};
	size_t shown = cut_text(m, RAW_LINE_BODY_MAX);

	text_add(&t, "%s %.*s%s %zu octets%s", m->key, LINE_PROPERTIES_MAX, m->properties,
	         m->properties[0] && strnlen(m->properties, LINE_PROPERTIES_MAX + 1) >
	                                     LINE_PROPERTIES_MAX
	                 ? "..."
	                 : "",
	         m->length, m->length ? ": " : "");
	if (json_text_is_text((const char *)m->body, shown)) {
		text_add(&t, "%.*s", (int)shown, (const char *)m->body);
	} else {
		shown = m->length < RAW_LINE_BODY_MAX / 2 ? m->length : RAW_LINE_BODY_MAX / 2;
		add_hex(&t, m->body, shown);
	}
	text_add(&t, "%s", shown < m->length ? "..." : "");
	return t.length;
}

static void add_base64(struct text *t, const uint8_t *octets, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		unsigned bits = (unsigned)octets[i] << 16 |
		                (left > 1 ? (unsigned)octets[i + 1] << 8 : 0) |
		                (left > 2 ? octets[i + 2] : 0);

		text_add(t, "%c%c%c%c", digits[bits >> 18], digits[bits >> 12 & 63],
		         left > 1 ? digits[bits >> 6 & 63] : '=',
		         left > 2 ? digits[bits & 63] : '=');
	}
}

size_t raw_json(char *out, size_t size, const struct bus_message *m,
                const struct envelope_packet *p)
{
	struct text t = {out, size, 0};
	size_t shown = cut_text(m, RAW_JSON_BODY_MAX);
	const char *body = (const char *)m->body;

	text_add(&t, "{");
	json_time(&t, p->time_ns);
	json_text_member(&t, "key", m->key);
	text_add(&t, ",\"properties\":%s,\"redelivered\":%s,\"length\":%zu,", m->properties,
	         m->redelivered ? "true" : "false", m->length);
	if (json_text_is_text(body, shown)) {
		text_add(&t, "\"body\":");
		json_text_add(&t, body, shown);
	} else {
		shown = m->length < RAW_JSON_BODY_MAX ? m->length : RAW_JSON_BODY_MAX;
		text_add(&t, "\"body_base64\":\"");
		add_base64(&t, m->body, shown);
		text_add(&t, "\"");
	}
	text_add(&t, "%s}", shown < m->length ? ",\"cut\":true" : "");
	return t.length;
}
