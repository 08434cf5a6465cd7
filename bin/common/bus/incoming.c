#include "bus/incoming.h"

#include <stdlib.h>
#include <string.h>

#include "bus/properties.h"

static void copy_text(char out[LINK_TEXT_SIZE], amqp_bytes_t text)
{
	size_t n = text.len < LINK_TEXT_SIZE - 1 ? text.len : LINK_TEXT_SIZE - 1;

	if (n)
		memcpy(out, text.bytes, n);
	out[n] = '\0';
}

static void begin_return(struct incoming *in, const amqp_basic_return_t *r)
{
	copy_text(in->key, r->routing_key);
	in->message.key_length = r->routing_key.len;
}

static void begin_delivery(struct incoming *in, const amqp_basic_deliver_t *d)
{
	char queue[LINK_TEXT_SIZE];

	copy_text(in->key, d->routing_key);
	copy_text(queue, d->consumer_tag);
	in->message.queue = (unsigned)strtoul(queue, NULL, 10);
	in->message.delivery_tag = d->delivery_tag;
	in->message.redelivered = d->redelivered;
	in->message.key_length = d->routing_key.len;
}

/* Answers that nobody waits for are passed over. */
static int begin_message(struct incoming *in, const amqp_method_t *method, struct why *why)
{
	bool returns = method->id == AMQP_BASIC_RETURN_METHOD,
	     delivers = method->id == AMQP_BASIC_DELIVER_METHOD;

	if (!returns && !delivers)
		return 0;
	if (returns != in->wants_returns)
		return why_set(why, "the broker %s, which nobody asked for",
		               returns ? "gave a message back" : "delivered a message");
	in->message = (struct bus_message){0};
	in->expect = EXPECT_HEADER;
	if (returns)
		begin_return(in, method->decoded);
	else
		begin_delivery(in, method->decoded);
	return 0;
}

/* No user whom an option names has a NUL in his name: what stands before it is somebody else's. */
static amqp_bytes_t whole_name(amqp_bytes_t name)
{
	return name.len && memchr(name.bytes, 0, name.len) ? amqp_empty_bytes : name;
}

static void read_properties(struct incoming *in, const amqp_basic_properties_t *p)
{
	bool has_type = p->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG,
	     has_id = p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG;
	bool has_user = p->_flags & AMQP_BASIC_USER_ID_FLAG;

	copy_text(in->content_type, has_type ? p->content_type : amqp_empty_bytes);
	copy_text(in->message_id, has_id ? p->message_id : amqp_empty_bytes);
	copy_text(in->copy_of, p->_flags & AMQP_BASIC_TYPE_FLAG ? p->type : amqp_empty_bytes);
	copy_text(in->user, has_user ? whole_name(p->user_id) : amqp_empty_bytes);
	if (p->_flags & AMQP_BASIC_TIMESTAMP_FLAG && p->timestamp < INT64_MAX / 1000000000)
		in->message.time_ns = (int64_t)p->timestamp * 1000000000;
}

static int finish_message(struct incoming *in)
{
	in->expect = EXPECT_METHOD;
	in->message.length = (size_t)in->size;
	if (!in->size)
		in->message.body = (const uint8_t *)""; /* no address is no place to read from */
	in->message.key = in->key;
	in->message.content_type = in->content_type;
	in->message.message_id = in->message_id;
	in->message.user = in->user;
	in->message.copy_of = in->copy_of;
	in->message.properties = in->properties;
	in->message.via = in->routed.via;
	in->message.via_full = in->routed.via_full;
	in->message.dropped = in->routed.dropped;
	return 1;
}

static int begin_body(struct incoming *in, const amqp_frame_t *frame)
{
	in->size = frame->payload.properties.body_size;
	in->arrived = 0;
	in->discarded = in->size > in->max_message;
	read_properties(in, frame->payload.properties.decoded);
	routed_read(&in->routed, frame->payload.properties.raw);
	if (in->properties)
		properties_json(in->properties, frame->payload.properties.decoded,
		                frame->payload.properties.raw);
	in->expect = EXPECT_BODY;
	return in->size == 0 ? finish_message(in) : 0;
}

/* A body may come in any number of frames, however short it is. */
static bool append(struct incoming *in, amqp_bytes_t part)
{
	if (!in->assembled)
		in->assembled = malloc(in->max_message);
	if (!in->assembled)
		return false;
	if (part.len)
		memcpy(in->assembled + in->arrived, part.bytes, part.len);
	in->message.body = in->assembled;
	return true;
}

static int add_body(struct incoming *in, amqp_bytes_t part, struct why *why)
{
	if (part.len > in->size - in->arrived)
		return why_set(why, "the broker sent more of a message than it had said");
	if (part.len == in->size)
		in->message.body = in->discarded ? NULL : part.bytes;
	else if (!in->discarded)
		in->discarded = !append(in, part);
	in->arrived += part.len;
	return in->arrived == in->size ? finish_message(in) : 0;
}

int incoming_step(struct incoming *in, const amqp_frame_t *frame, struct why *why)
{
	uint8_t type = frame->frame_type;

	if (type == AMQP_FRAME_METHOD && in->expect == EXPECT_METHOD)
		return begin_message(in, &frame->payload.method, why);
	/* The class decides what the properties are. */
	if (type == AMQP_FRAME_HEADER && in->expect == EXPECT_HEADER &&
	    frame->payload.properties.class_id == AMQP_BASIC_CLASS &&
	    frame->payload.properties.decoded)
		return begin_body(in, frame);
	if (type == AMQP_FRAME_BODY && in->expect == EXPECT_BODY)
		return add_body(in, frame->payload.body_fragment, why);
	return why_set(why, "the broker sent a frame that does not belong here");
}

bool incoming_is_between(const struct incoming *in)
{
	return in->expect == EXPECT_METHOD;
}

void incoming_reset(struct incoming *in)
{
	in->expect = EXPECT_METHOD;
}
