#include "bus/content.h"

#include <string.h>

uint8_t content_octet(struct content_reader *r)
{
	amqp_bytes_t octet = content_octets(r, 1);

	return octet.len ? *(const uint8_t *)octet.bytes : 0;
}

amqp_bytes_t content_octets(struct content_reader *r, size_t n)
{
	amqp_bytes_t octets = {n, (void *)r->at};

	if (n > r->left) {
		r->has_failed = true;
		r->left = 0;
		return amqp_empty_bytes;
	}
	r->at += n;
	r->left -= n;
	return octets;
}

uint64_t content_number(struct content_reader *r, size_t n)
{
	amqp_bytes_t octets = content_octets(r, n);
	uint64_t value = 0;

	for (size_t i = 0; i < octets.len; i++)
		value = value << 8 | ((const uint8_t *)octets.bytes)[i];
	return value;
}

amqp_bytes_t content_short_text(struct content_reader *r)
{
	return content_octets(r, content_octet(r));
}

amqp_bytes_t content_long_text(struct content_reader *r)
{
	return content_octets(r, (size_t)content_number(r, 4));
}

/* --- tables --- */

amqp_bytes_t content_field(struct content_reader *r, uint8_t *type)
{
	static const struct {
		char type;
		uint8_t octets;
	} sizes[] = {{'t', 1}, {'b', 1}, {'B', 1}, {'s', 2}, {'u', 2}, {'I', 4}, {'i', 4},
	             {'f', 4}, {'l', 8}, {'L', 8}, {'d', 8}, {'T', 8}, {'D', 5}, {'V', 0}};

	*type = content_octet(r);
	if (*type == AMQP_FIELD_KIND_UTF8)
		return content_long_text(r);
	if (*type == AMQP_FIELD_KIND_BYTES || *type == AMQP_FIELD_KIND_ARRAY ||
	    *type == AMQP_FIELD_KIND_TABLE) {
		content_long_text(r);
		return amqp_empty_bytes;
	}
	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (sizes[i].type != *type)
			continue;
		content_octets(r, sizes[i].octets);
		return amqp_empty_bytes;
	}
	r->has_failed = true;
	return amqp_empty_bytes;
}

static bool is_called(amqp_bytes_t key, const char *name)
{
	return key.len == strlen(name) && memcmp(key.bytes, name, key.len) == 0;
}

bool content_read_start(amqp_bytes_t arguments, struct content_start *start)
{
	struct content_reader r = {arguments.bytes, arguments.len, false};

	*start = (struct content_start){.product = amqp_empty_bytes};
	start->major = content_octet(&r);
	start->minor = content_octet(&r);
	amqp_bytes_t table = content_long_text(&r);
	struct content_reader properties = {table.bytes, table.len, false};
	while (properties.left) {
		amqp_bytes_t key = content_short_text(&properties);
		uint8_t type;
		amqp_bytes_t text = content_field(&properties, &type);

		if (type == AMQP_FIELD_KIND_UTF8 && is_called(key, "product"))
			start->product = text;
		else if (type == AMQP_FIELD_KIND_UTF8 && is_called(key, "version"))
			start->version = text;
	}
	start->mechanisms = content_long_text(&r);
	content_long_text(&r); /* locales */
	return !r.has_failed && !properties.has_failed;
}

/* --- properties --- */

static bool has(const amqp_basic_properties_t *p, amqp_flags_t flag)
{
	return p->_flags & flag;
}

static amqp_bytes_t text_if(struct content_reader *r, const amqp_basic_properties_t *p,
                            amqp_flags_t flag)
{
	return has(p, flag) ? content_short_text(r) : amqp_empty_bytes;
}

static void read_properties(struct content_reader *r, struct content_header *h,
                            amqp_basic_properties_t *p)
{
	p->content_type = text_if(r, p, AMQP_BASIC_CONTENT_TYPE_FLAG);
	p->content_encoding = text_if(r, p, AMQP_BASIC_CONTENT_ENCODING_FLAG);
	h->headers = has(p, AMQP_BASIC_HEADERS_FLAG) ? content_long_text(r) : amqp_empty_bytes;
	p->delivery_mode = has(p, AMQP_BASIC_DELIVERY_MODE_FLAG) ? content_octet(r) : 0;
	p->priority = has(p, AMQP_BASIC_PRIORITY_FLAG) ? content_octet(r) : 0;
	p->correlation_id = text_if(r, p, AMQP_BASIC_CORRELATION_ID_FLAG);
	p->reply_to = text_if(r, p, AMQP_BASIC_REPLY_TO_FLAG);
	p->expiration = text_if(r, p, AMQP_BASIC_EXPIRATION_FLAG);
	p->message_id = text_if(r, p, AMQP_BASIC_MESSAGE_ID_FLAG);
	p->timestamp = has(p, AMQP_BASIC_TIMESTAMP_FLAG) ? content_number(r, 8) : 0;
	p->type = text_if(r, p, AMQP_BASIC_TYPE_FLAG);
	p->user_id = text_if(r, p, AMQP_BASIC_USER_ID_FLAG);
	p->app_id = text_if(r, p, AMQP_BASIC_APP_ID_FLAG);
	p->cluster_id = text_if(r, p, AMQP_BASIC_CLUSTER_ID_FLAG);
	p->_flags &= ~(amqp_flags_t)AMQP_BASIC_HEADERS_FLAG;
}

int content_read_header(amqp_bytes_t payload, struct content_header *h, amqp_basic_properties_t *p)
{
	struct content_reader r = {payload.bytes, payload.len, false};
	bool is_known = true;

	h->class_id = (uint16_t)content_number(&r, 2);
	content_number(&r, 2); /* the weight, which means nothing */
	h->body_size = content_number(&r, 8);
	h->headers = amqp_empty_bytes;
	if (r.has_failed)
		return -1;
	if (h->class_id != AMQP_BASIC_CLASS)
		return 0;
	uint16_t word = (uint16_t)content_number(&r, 2);
	p->_flags = word & ~(amqp_flags_t)1 & ~(amqp_flags_t)2;
	is_known = !(word & 2);
	/* The lowest bit says that there are more flags. AMQP has no property for them. */
	while (word & 1 && !r.has_failed) {
		word = (uint16_t)content_number(&r, 2);
		is_known = is_known && !(word & ~1u);
	}
	if (!is_known)
		return -1;
	read_properties(&r, h, p);
	return r.has_failed ? -1 : 1;
}
