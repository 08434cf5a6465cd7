#include "bus/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/loop.h"
#include "bus/content.h"
#include "bus/tls.h"

#define SECOND INT64_C(1000000000)

enum {
	HEAD = 7,
	OVERHEAD = HEAD + 1, /* and the octet that ends a frame */
	BUFFER = 2 * WIRE_FRAME_MAX,
	FIRST_FRAME_MAX = 65536, /* until more, or less, is agreed */
	HEARTBEATS_AT_ONCE = 256,
	POOL_PAGE = 1024,
};

struct octets {
	uint8_t *at;
	size_t start, end;
};

struct wire {
	int socket;
	amqp_socket_t *tls;
	size_t frame_max;
	int64_t beat_ns, heard_at, beat_at; /* beat_ns 0: no heartbeats */
	struct octets buffer;
	struct octets early; /* of frames that were put off */
	bool pending;        /* there may be more than the last read gave */
	int64_t setup_until;
	size_t setup_octets, setup_limit;
	amqp_bytes_t frame, payload; /* that were read last */
	amqp_pool_t pool;            /* of the method that was read last */
	amqp_basic_properties_t properties;
};

struct wire *wire_new(int socket, amqp_socket_t *tls)
{
	struct wire *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->buffer.at = malloc(BUFFER);
	if (!w->buffer.at) {
		free(w);
		return NULL;
	}
	w->socket = socket;
	w->tls = tls;
	w->frame_max = FIRST_FRAME_MAX;
	init_amqp_pool(&w->pool, POOL_PAGE);
	return w;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	empty_amqp_pool(&w->pool);
	free(w->early.at);
	free(w->buffer.at);
	free(w);
}

void wire_tune(struct wire *w, size_t frame_max, unsigned heartbeat)
{
	w->frame_max = frame_max;
	w->beat_ns = heartbeat * SECOND;
	w->heard_at = w->beat_at = monotonic_ns();
}

amqp_bytes_t wire_payload(const struct wire *w)
{
	return w->payload;
}

/* --- octets --- */

static size_t length_of(const struct octets *o)
{
	return o->end - o->start;
}

/* 1: more has come; 0: nothing at the moment. */
static int receive(struct wire *w, struct why *why)
{
	struct octets *b = &w->buffer;

	if (b->start) {
		memmove(b->at, b->at + b->start, length_of(b));
		b->end -= b->start;
		b->start = 0;
	}
	ssize_t n = w->tls ? tls_read(w->tls, b->at + b->end, BUFFER - b->end)
	                   : recv(w->socket, b->at + b->end, BUFFER - b->end, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return why_set(why, "%s",
		               amqp_error_string2(n == 0   ? AMQP_STATUS_CONNECTION_CLOSED
		                                  : w->tls ? AMQP_STATUS_SSL_ERROR
		                                           : AMQP_STATUS_SOCKET_ERROR));
	b->end += (size_t)n;
	w->heard_at = monotonic_ns();
	w->setup_octets += (size_t)n;
	return 1;
}

bool wire_has_heard(const struct wire *w)
{
	return w->heard_at != 0;
}

bool wire_has_input(const struct wire *w)
{
	return w->pending;
}

/* --- one frame --- */

struct head {
	uint8_t type;
	uint16_t channel;
	size_t payload;
};

static int check_head(const struct wire *w, const uint8_t *at, struct head *h, struct why *why)
{
	*h = (struct head){at[0], content_read_16(at + 1), content_read_32(at + 3)};
	if (h->type == 'A')
		return why_set(why, "the broker speaks another version of AMQP than 0-9-1");
	if (h->type != AMQP_FRAME_METHOD && h->type != AMQP_FRAME_HEADER &&
	    h->type != AMQP_FRAME_BODY && h->type != AMQP_FRAME_HEARTBEAT)
		return why_set(why, "what the broker sent is no frame of AMQP (type %u)", h->type);
	bool is_content = h->type == AMQP_FRAME_HEADER || h->type == AMQP_FRAME_BODY;
	if (h->type == AMQP_FRAME_HEARTBEAT
	            ? h->channel != 0
	            : h->channel > WIRE_CHANNEL || (is_content && h->channel != WIRE_CHANNEL))
		return why_set(why, "the broker sent a frame on a channel that is not open (%u)",
		               h->channel);
	if (h->payload > w->frame_max - OVERHEAD)
		return why_set(why,
		               "the broker sent a frame of %zu octets, longer than agreed (%zu)",
		               h->payload + OVERHEAD, w->frame_max);
	return 0;
}

/* What a broker may say to a client that opens one channel; none of them has a table but the first,
 * which is not decoded. */
static bool is_a_brokers(amqp_method_number_t id)
{
	static const amqp_method_number_t known[] = {
		AMQP_CONNECTION_START_METHOD,    AMQP_CONNECTION_SECURE_METHOD,
		AMQP_CONNECTION_TUNE_METHOD,     AMQP_CONNECTION_OPEN_OK_METHOD,
		AMQP_CONNECTION_CLOSE_METHOD,    AMQP_CONNECTION_CLOSE_OK_METHOD,
		AMQP_CONNECTION_BLOCKED_METHOD,  AMQP_CONNECTION_UNBLOCKED_METHOD,
		AMQP_CHANNEL_OPEN_OK_METHOD,     AMQP_CHANNEL_FLOW_METHOD,
		AMQP_CHANNEL_CLOSE_METHOD,       AMQP_CHANNEL_CLOSE_OK_METHOD,
		AMQP_EXCHANGE_DECLARE_OK_METHOD, AMQP_QUEUE_DECLARE_OK_METHOD,
		AMQP_QUEUE_BIND_OK_METHOD,       AMQP_QUEUE_DELETE_OK_METHOD,
		AMQP_BASIC_QOS_OK_METHOD,        AMQP_BASIC_CONSUME_OK_METHOD,
		AMQP_BASIC_CANCEL_METHOD,        AMQP_BASIC_CANCEL_OK_METHOD,
		AMQP_BASIC_RETURN_METHOD,        AMQP_BASIC_DELIVER_METHOD,
		AMQP_BASIC_ACK_METHOD,           AMQP_BASIC_NACK_METHOD,
		AMQP_CONFIRM_SELECT_OK_METHOD,   AMQP_TX_SELECT_OK_METHOD,
		AMQP_TX_ROLLBACK_OK_METHOD,
	};

	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i] == id)
			return true;
	return false;
}

static int decode_method(struct wire *w, amqp_frame_t *frame, amqp_bytes_t payload, struct why *why)
{
	amqp_method_t *m = &frame->payload.method;

	if (payload.len < 4)
		return why_set(why, "the broker sent a method without a number");
	m->id = content_read_32(payload.bytes);
	m->decoded = NULL;
	w->payload = (amqp_bytes_t){payload.len - 4, (uint8_t *)payload.bytes + 4};
	bool is_of_connection = m->id >> 16 == AMQP_CONNECTION_CLASS;
	if (!is_a_brokers(m->id) || is_of_connection != (frame->channel == 0))
		return why_set(why,
		               "the broker sent a method that does not belong here (%u.%u on "
		               "channel %u)",
		               m->id >> 16, m->id & 0xffff, frame->channel);
	if (m->id == AMQP_CONNECTION_START_METHOD)
		return 1;
	recycle_amqp_pool(&w->pool);
	if (amqp_decode_method(m->id, &w->pool, w->payload, &m->decoded) != AMQP_STATUS_OK)
		return why_set(why, "the arguments of a method of the broker are cut short (%u.%u)",
		               m->id >> 16, m->id & 0xffff);
	return 1;
}

static int decode_header(struct wire *w, amqp_frame_t *frame, amqp_bytes_t payload, struct why *why)
{
	struct content_header header;
	int status = content_read_header(payload, &header, &w->properties);

	if (status < 0)
		return why_set(why, "the broker sent properties that are cut short");
	frame->payload.properties.class_id = header.class_id;
	frame->payload.properties.body_size = header.body_size;
	frame->payload.properties.raw = header.headers;
	frame->payload.properties.decoded = status ? &w->properties : NULL;
	return 1;
}

/* 1; 0: it is not whole yet; -1 with why. What is wrong is found as soon as its head is there. */
static int next_frame(struct wire *w, struct octets *from, amqp_frame_t *frame, struct why *why)
{
	uint8_t *at = from->at + from->start;
	struct head h;

	if (length_of(from) < HEAD)
		return 0;
	if (check_head(w, at, &h, why) < 0)
		return -1;
	if (length_of(from) < h.payload + OVERHEAD)
		return 0;
	if (at[HEAD + h.payload] != AMQP_FRAME_END)
		return why_set(why, "the broker sent a frame that has no end");
	from->start += h.payload + OVERHEAD;
	w->frame = (amqp_bytes_t){h.payload + OVERHEAD, at};
	amqp_bytes_t payload = {h.payload, at + HEAD};
	frame->frame_type = h.type;
	frame->channel = h.channel;
	if (h.type == AMQP_FRAME_METHOD)
		return decode_method(w, frame, payload, why);
	if (h.type == AMQP_FRAME_HEADER)
		return decode_header(w, frame, payload, why);
	frame->payload.body_fragment = payload;
	return h.type == AMQP_FRAME_BODY || h.payload == 0
	               ? 1
	               : why_set(why, "the broker sent a heartbeat that is none");
}

/* A broker that sends nothing but heartbeats does not hold its reader up. */
static int read_from(struct wire *w, struct octets *from, amqp_frame_t *frame, struct why *why)
{
	int status = 0;

	w->pending = true;
	for (unsigned i = 0; i < HEARTBEATS_AT_ONCE; i++) {
		while ((status = next_frame(w, from, frame, why)) == 0 && from == &w->buffer) {
			int more = receive(w, why);

			w->pending = more > 0;
			if (more <= 0)
				return more;
		}
		if (status <= 0 || frame->frame_type != AMQP_FRAME_HEARTBEAT)
			return status;
	}
	return 0;
}

int wire_read(struct wire *w, amqp_frame_t *frame, struct why *why)
{
	if (length_of(&w->early))
		return read_from(w, &w->early, frame, why);
	free(w->early.at);
	w->early = (struct octets){0};
	return read_from(w, &w->buffer, frame, why);
}

/* --- the set-up --- */

void wire_begin_setup(struct wire *w, int64_t limit_ms, size_t limit_octets)
{
	w->setup_until = monotonic_ns() + limit_ms * (SECOND / 1000);
	w->setup_octets = 0;
	w->setup_limit = limit_octets;
}

int wire_wait(struct wire *w, int64_t until, amqp_frame_t *frame, struct why *why)
{
	until = until < w->setup_until ? until : w->setup_until;
	for (;;) {
		int64_t now = monotonic_ns();
		int64_t next = w->beat_ns && w->beat_at < until ? w->beat_at : until;
		struct pollfd fd = {w->socket, POLLIN, 0};

		if (now >= until)
			return why_set(why, "%s", amqp_error_string2(AMQP_STATUS_TIMEOUT));
		if (w->setup_octets > w->setup_limit)
			return why_set(why, "the broker sends without end, but no answer");
		int status = read_from(w, &w->buffer, frame, why);
		if (status || now >= next)
			return status;
		if (!w->pending)
			loop_wait(&fd, 1, (int)((next - now) / (SECOND / 1000)) + 1);
	}
}

static size_t room_for(size_t wanted)
{
	size_t room = 16384;

	while (room < wanted)
		room *= 2;
	return room;
}

bool wire_put_off(struct wire *w)
{
	struct octets *e = &w->early;
	size_t wanted = e->end + w->frame.len;

	if (wanted > WIRE_EARLY_OCTETS)
		return false;
	if (!e->at || room_for(wanted) > room_for(e->end)) {
		uint8_t *at = realloc(e->at, room_for(wanted));

		if (!at)
			return false;
		e->at = at;
	}
	memcpy(e->at + e->end, w->frame.bytes, w->frame.len);
	e->end = wanted;
	return true;
}

/* --- heartbeats --- */

bool wire_must_beat(struct wire *w)
{
	int64_t now = monotonic_ns();

	if (!w->beat_ns || now < w->beat_at)
		return false;
	w->beat_at = now + w->beat_ns / 2;
	return true;
}

bool wire_is_silent(const struct wire *w)
{
	return w->beat_ns && monotonic_ns() - w->heard_at > 2 * w->beat_ns;
}
