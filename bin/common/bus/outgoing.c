#include "bus/outgoing.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/os.h"
#include "bus/routed.h"
#include "bus/table.h"

#include <stdio.h>
#include <string.h>

/* The first message goes at once; those that follow before the owner waits again leave in segments
 * as long as TCP makes them, which spares both kernels and the broker a wake-up a message. */
static void cork(struct outgoing *o)
{
	if (o->sends++ == 1)
		os_cork(o->session->link.socket, true);
}

void outgoing_flush(struct outgoing *o)
{
	if (session_is_connected(o->session) && o->sends > 1)
		os_cork(o->session->link.socket, false);
	o->sends = 0;
}

void outgoing_reset(struct outgoing *o)
{
	o->sends = 0;
	o->tag = 0;
}

/* The library holds a message whose last frame is full back for up to 200 ms; setting the option
 * again sends it off. */
static void push_full_frame(const struct outgoing *o, size_t length)
{
	const int on = 1;

	if (length && length % (o->session->link.frame_max - 8) == 0)
		setsockopt(o->session->link.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* expiration: "" or milliseconds. */
static amqp_basic_properties_t properties_of(const struct session *s, const struct kept_message *m,
                                             const char *expiration, const struct outgoing_way *way)
{
	const struct bus_node *node = session_node(s);
	amqp_basic_properties_t p = {
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode =
			way->persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT,
		.timestamp = m->timestamp,
	};

	if (m->timestamp)
		p._flags |= AMQP_BASIC_TIMESTAMP_FLAG;
	if (m->content_type[0]) {
		p._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
		p.content_type = amqp_cstring_bytes(m->content_type);
	}
	if (m->message_id[0]) {
		p._flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
		p.message_id = amqp_cstring_bytes(m->message_id);
	}
	if (strcmp(m->content_type, "application/json") == 0) {
		p._flags |= AMQP_BASIC_CONTENT_ENCODING_FLAG;
		p.content_encoding = amqp_cstring_bytes("utf-8");
	}
	if (node->user_id && !s->omit_user_id) {
		p._flags |= AMQP_BASIC_USER_ID_FLAG;
		p.user_id = amqp_cstring_bytes(node->user_id);
	}
	if (way->copy_of) {
		p._flags |= AMQP_BASIC_TYPE_FLAG;
		p.type = amqp_cstring_bytes(way->copy_of);
	}
	if (expiration[0]) {
		p._flags |= AMQP_BASIC_EXPIRATION_FLAG;
		p.expiration = amqp_cstring_bytes(expiration);
	}
	return p;
}

bool outgoing_send(struct outgoing *o, const struct kept_message *m, const struct outgoing_way *way)
{
	struct session *s = o->session;
	char expiration[24] = "";

	if (way->expiration_ms)
		snprintf(expiration, sizeof expiration, "%llu",
		         (unsigned long long)way->expiration_ms);
	amqp_basic_properties_t p = properties_of(s, m, expiration, way);
	amqp_table_entry_t entries[ROUTED_ENTRIES];
	int headers = routed_write(entries, m->via ? m->via : "", m->dropped);
	if (headers) {
		p._flags |= AMQP_BASIC_HEADERS_FLAG;
		p.headers = table_of(entries, headers);
	}
	cork(o);
	session_busy(s);
	int status = amqp_basic_publish(s->link.connection, LINK_CHANNEL,
	                                amqp_cstring_bytes(s->request.settings->exchange),
	                                amqp_cstring_bytes(m->key), way->mandatory, 0, &p,
	                                (amqp_bytes_t){m->length, (void *)m->body});
	session_idle(s);
	if (status != AMQP_STATUS_OK) {
		session_lose_status(s, "publishing", status);
		return false;
	}
	push_full_frame(o, m->length);
	o->tag++;
	return true;
}
