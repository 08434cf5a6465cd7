#include "bus/routed.h"

#include <string.h>

#include "bus/content.h"
#include "bus/table.h"

static bool is_called(amqp_bytes_t key, const char *name)
{
	return key.len == strlen(name) && memcmp(key.bytes, name, key.len) == 0;
}

static void read_via(struct routed *r, amqp_bytes_t text)
{
	r->via_full = text.len >= ROUTED_VIA_SIZE;
	if (!text.len || r->via_full || memchr(text.bytes, 0, text.len))
		return;
	memcpy(r->via, text.bytes, text.len);
	r->via[text.len] = '\0';
}

/* Of a whole number in its octets, as AMQP's clients write them; a negative one is none. */
static uint64_t number_in(uint8_t type, const uint8_t *octets, size_t length)
{
	uint64_t value = 0;

	if (!strchr("bBsuIilL", type) || length == 0 || length > 8)
		return 0;
	for (size_t i = 0; i < length; i++)
		value = value << 8 | octets[i];
	return octets[0] & 0x80 && strchr("bsIlL", type) ? 0 : value;
}

void routed_read(struct routed *r, amqp_bytes_t table)
{
	struct content_reader reader = {table.bytes, table.len, false};

	r->via[0] = '\0';
	r->via_full = false;
	r->dropped = 0;
	while (reader.left && !reader.has_failed) {
		amqp_bytes_t key = content_short_text(&reader);
		const uint8_t *value = reader.at + 1;
		uint8_t type;
		amqp_bytes_t text = content_field(&reader, &type);

		if (reader.has_failed)
			return;
		if (type == AMQP_FIELD_KIND_UTF8 && is_called(key, ROUTED_VIA))
			read_via(r, text);
		else if (type && is_called(key, ROUTED_DROPPED))
			r->dropped = number_in(type, value, (size_t)(reader.at - value));
	}
}

int routed_write(amqp_table_entry_t *entries, const char *via, uint64_t dropped)
{
	int n = 0;

	if (via[0])
		entries[n++] = table_text(ROUTED_VIA, via);
	if (dropped)
		entries[n++] = table_number(ROUTED_DROPPED, dropped);
	return n;
}
