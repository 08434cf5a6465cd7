#include "bus/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define SECOND INT64_C(1000000000)

/* OWN_FRAMES_AT_ONCE: those of the session alone, after which its owner does something else. */
enum { ALARMS_A_MINUTE = 20, OWN_FRAMES_AT_ONCE = 256 };

static void handle_close(struct session *s, const amqp_method_t *method)
{
	struct why why;
	bool refusal = link_explain_close(method, &why);

	if (method->id == AMQP_CHANNEL_CLOSE_METHOD && s->request.survive &&
	    s->request.survive(s->request.context, why.text))
		return;
	bool about_user = strncmp(why.text, "406", 3) == 0 && strstr(why.text, "user_id");
	s->omit_user_id |= about_user;
	s->close_code = about_user ? 0 : (int)strtol(why.text, NULL, 10);
	session_lose(s, refusal, why.text);
}

/* --- alarms --- */

/* Whoever changes its mind all the time is told of less often. */
static bool may_tell(struct session *s)
{
	int64_t now = monotonic_ns();

	if (!s->told.since || now - s->told.since > 60 * SECOND)
		s->told = (struct told){.since = now};
	return s->told.count++ < ALARMS_A_MINUTE;
}

static void note_alarm(struct session *s, bool blocked)
{
	const char *url = session_node(s)->shown;

	if (blocked == s->blocked)
		return;
	s->blocked = blocked;
	if (!may_tell(s))
		return;
	if (blocked)
		log_warning("%s: the broker takes no messages at the moment (memory or disk "
		            "alarm)%s",
		            url,
		            s->told.count < ALARMS_A_MINUTE ? ""
		                                            : "; it says so too often, no more "
		                                              "of it for a minute");
	else
		log_warning("%s: the broker takes messages again", url);
}

/* --- frames --- */

/* True: the frame was for the session. */
static bool handle_frame(struct session *s, const amqp_frame_t *frame)
{
	if (frame->frame_type != AMQP_FRAME_METHOD)
		return false;
	switch (frame->payload.method.id) {
	case AMQP_CONNECTION_BLOCKED_METHOD:
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		note_alarm(s, frame->payload.method.id == AMQP_CONNECTION_BLOCKED_METHOD);
		return true;
	case AMQP_CONNECTION_CLOSE_METHOD:
	case AMQP_CHANNEL_CLOSE_METHOD:
		handle_close(s, &frame->payload.method);
		return true;
	case AMQP_BASIC_CANCEL_METHOD:
		session_lose(s, false, "the broker cancelled the consumer (its queue was deleted)");
		return true;
	default:
		return frame->channel == 0;
	}
}

static void lose_reading(struct session *s, const char *reason)
{
	struct why why;

	why_set(&why, "connection lost while reading: %s", reason);
	session_lose(s, false, why.text);
}

int session_read_frame(struct session *s, amqp_frame_t *frame)
{
	struct why why;

	for (unsigned i = 0; i < OWN_FRAMES_AT_ONCE; i++) {
		int status = wire_read(s->link.wire, frame, &why);

		if (status < 0)
			lose_reading(s, why.text);
		else if (status == 0 && !wire_has_input(s->link.wire) &&
		         wire_is_silent(s->link.wire))
			lose_reading(s, amqp_error_string2(AMQP_STATUS_HEARTBEAT_TIMEOUT));
		else if (status == 0)
			return 0;
		else if (!handle_frame(s, frame))
			return 1;
		if (!session_is_connected(s))
			return -1;
	}
	return 0;
}

/* --- the end --- */

static bool is_close_answered(struct session *s, int limit_ms)
{
	amqp_frame_t frame;
	struct why why;

	wire_begin_setup(s->link.wire, limit_ms, SIZE_MAX);
	for (;;) {
		int status = wire_wait(s->link.wire, INT64_MAX, &frame, &why);

		if (status < 0)
			return false;
		if (status && frame.frame_type == AMQP_FRAME_METHOD &&
		    frame.payload.method.id == AMQP_CONNECTION_CLOSE_OK_METHOD)
			return true;
		link_beat(&s->link);
	}
}

bool session_close(struct session *s, int limit_ms)
{
	amqp_connection_close_t closing = {.reply_code = AMQP_REPLY_SUCCESS};

	session_busy(s);
	bool answered = amqp_send_method(s->link.connection, 0, AMQP_CONNECTION_CLOSE_METHOD,
	                                 &closing) == AMQP_STATUS_OK &&
	                is_close_answered(s, limit_ms);
	session_idle(s);
	session_drop(s);
	return answered;
}
