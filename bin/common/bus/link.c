#include "bus/link.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "bus/tls.h"

enum { CALL_SECONDS = 10 };

static const char no_exchange[] = "no exchange";

bool link_explain_close(const amqp_method_t *method, struct why *why)
{
	int code = 0;
	amqp_bytes_t text = amqp_empty_bytes;

	if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *m = method->decoded;
		code = m->reply_code;
		text = m->reply_text;
	} else if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *m = method->decoded;
		code = m->reply_code;
		text = m->reply_text;
	}
	why_set(why, "%d %.*s%s", code, (int)text.len, (const char *)text.bytes,
	        code == AMQP_NOT_FOUND && text.len > strlen(no_exchange) &&
	                        memmem(text.bytes, text.len, no_exchange, strlen(no_exchange))
	                ? " (name one with -e, or have it made: --declare-exchange)"
	                : "");
	return code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED || code == AMQP_NOT_FOUND;
}

void link_discard(struct link *link)
{
	if (link->connection)
		amqp_destroy_connection(link->connection);
	wire_free(link->wire);
	*link = (struct link){0};
}

int link_fail(const struct link *link, const char *doing, const struct why *why,
              struct failure *failure)
{
	struct why tls;

	*failure = (struct failure){.code = 0};
	bool explained = link->tls && tls_explain(link->tls, link->host, &tls);
	return why_set(&failure->why, "%s: %s", doing, explained ? tls.text : why->text);
}

int link_beat(const struct link *link)
{
	const amqp_frame_t beat = {.frame_type = AMQP_FRAME_HEARTBEAT, .channel = 0};

	return wire_must_beat(link->wire) ? amqp_send_frame(link->connection, &beat)
	                                  : AMQP_STATUS_OK;
}

/* --- calls --- */

static int refuse(const amqp_method_t *method, const char *doing, struct failure *failure)
{
	struct why why;

	*failure = (struct failure){.refusal = link_explain_close(method, &why)};
	if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *closed = method->decoded;

		failure->code = closed->reply_code;
		snprintf(failure->words, sizeof failure->words, "%.*s", (int)closed->reply_text.len,
		         (const char *)closed->reply_text.bytes);
	}
	return why_set(&failure->why, "%s: the broker says: %s", doing, why.text);
}

/* An alarm is the session's to know: it comes again as the first frame that it reads. */
static bool is_for_later(const amqp_frame_t *frame)
{
	if (frame->frame_type != AMQP_FRAME_METHOD)
		return true;
	switch (frame->payload.method.id) {
	case AMQP_BASIC_DELIVER_METHOD:
	case AMQP_CONNECTION_BLOCKED_METHOD:
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		return true;
	default:
		return false;
	}
}

/* 1: it is the answer; 0: it is for later; -1 with failure. */
static int sort(const struct link *link, const amqp_frame_t *frame, amqp_method_number_t answer,
                const char *doing, struct failure *failure)
{
	const amqp_method_t *method = &frame->payload.method;
	bool is_method = frame->frame_type == AMQP_FRAME_METHOD;
	struct why why;

	if (is_method && method->id == answer)
		return 1;
	if (is_method &&
	    (method->id == AMQP_CHANNEL_CLOSE_METHOD || method->id == AMQP_CONNECTION_CLOSE_METHOD))
		return refuse(method, doing, failure);
	if (!is_for_later(frame))
		why_set(&why, "the broker sent a method that does not belong here (%u.%u)",
		        method->id >> 16, method->id & 0xffff);
	else if (!wire_put_off(link->wire))
		why_set(&why, "the broker sends messages without end, but no answer");
	else
		return 0;
	return link_fail(link, doing, &why, failure);
}

int link_wait_for(const struct link *link, amqp_method_number_t answer, amqp_method_t *method,
                  const char *doing, struct failure *failure)
{
	int64_t until = monotonic_ns() + CALL_SECONDS * INT64_C(1000000000);
	amqp_frame_t frame;
	struct why why;

	for (;;) {
		int status = wire_wait(link->wire, until, &frame, &why);

		if (status < 0)
			return link_fail(link, doing, &why, failure);
		int sorted = status ? sort(link, &frame, answer, doing, failure) : 0;
		if (sorted < 0)
			return -1;
		*method = frame.payload.method;
		if (sorted > 0)
			return 0;
		link_beat(link);
	}
}

int link_call(const struct link *link, amqp_method_number_t id, void *request,
              amqp_method_number_t answer, const char *doing, struct failure *failure)
{
	amqp_channel_t channel = id >> 16 == AMQP_CONNECTION_CLASS ? 0 : LINK_CHANNEL;
	int status = amqp_send_method(link->connection, channel, id, request);
	amqp_method_t method;
	struct why why;

	if (status == AMQP_STATUS_OK)
		return link_wait_for(link, answer, &method, doing, failure);
	why_set(&why, "%s", amqp_error_string2(status));
	return link_fail(link, doing, &why, failure);
}

int link_open_channel(const struct link *link, const char *doing, struct failure *failure)
{
	amqp_channel_open_t request = {.out_of_band = amqp_empty_bytes};

	return link_call(link, AMQP_CHANNEL_OPEN_METHOD, &request, AMQP_CHANNEL_OPEN_OK_METHOD,
	                 doing, failure);
}

int link_reopen_channel(const struct link *link, struct failure *failure)
{
	amqp_channel_close_ok_t closed = {.dummy = 0};

	amqp_send_method(link->connection, LINK_CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &closed);
	return link_open_channel(link, "opening a channel again", failure);
}

/* --- keys of our own --- */

const char *link_refused_key(const char *words, size_t *length)
{
	static const char before[] = "access to topic '";
	const char *topic = strstr(words, "403 ACCESS_REFUSED") ? strstr(words, before) : NULL;

	*length = topic ? strcspn(topic + strlen(before), "'") : 0;
	return topic ? topic + strlen(before) : "";
}

bool link_is_key_refused(const char *words, const char *beginning)
{
	size_t length;

	return strncmp(link_refused_key(words, &length), beginning, strlen(beginning)) == 0;
}

void link_tell_own_key_refused(const char *words)
{
	static _Atomic bool told;

	if (!atomic_exchange(&told, true))
		log_warning("%s; going on with JSON under the old keys (docs/broker.md has the "
		            "permissions)",
		            words);
}
