#include <string.h>

#include "envelope_control.h"
#include "envelope_text.h"

static void write_field(struct text *t, const struct envelope_control *c,
                        const struct envelope_field *f)
{
	const char *value = (const char *)&c->tun + f->offset;

	if (f->optional && !value[0])
		return;
	envelope_text_literal(t, ", ");
	envelope_text_string(t, f->key);
	envelope_text_literal(t, ": ");
	if (value[0])
		envelope_text_string(t, value);
	else
		envelope_text_literal(t, "null");
}

static void write_flag(struct text *t, bool flag)
{
	envelope_text_literal(t, ", \"");
	envelope_text_literal(t, envelope_no_forwarding);
	envelope_text_literal(t, flag ? "\": true" : "\": false");
}

long envelope_control_build(char *out, size_t size, const struct envelope_control *c,
                            enum envelope_api api)
{
	const struct envelope_shape *shape = envelope_shape_of(c->kind);
	struct text t = {out, size, 0, false};

	if (!shape)
		return ENVELOPE_EKEY;
	envelope_text_literal(&t, api != ENVELOPE_V0 ? "{\"_api_version\": " : "{\"_type\": ");
	envelope_text_string(&t, api != ENVELOPE_V0 ? IOPPYTEST_API_VERSION : shape->type);
	for (size_t i = 0; i < shape->count; i++) {
		if (shape->is_tun && strcmp(shape->fields[i].key, "ipv6_prefix") == 0)
			write_flag(&t, c->tun.ipv6_no_forwarding);
		write_field(&t, c, &shape->fields[i]);
	}
	if (c->kind == ENVELOPE_LOSSY_LINK_START) {
		envelope_text_literal(&t, ", \"");
		envelope_text_literal(&t, envelope_packets_to_drop);
		envelope_text_literal(&t, "\": ");
		envelope_text_number(&t, c->packets_to_drop);
	}
	envelope_text_raw(&t, "}", 1);
	return t.full ? ENVELOPE_ESPACE : (long)t.length;
}
