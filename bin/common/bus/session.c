#include "bus/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "bus/outage.h"
#include "bus/tls.h"

#define MS 1000000 /* nanoseconds */
/* The broker's clean-up after a predecessor that was just killed. */
enum { TAKEN_AT_START_SECONDS = 3 };

int session_init(struct session *s, const struct connect_request *request,
                 struct counter *connections, struct counter *disconnected_ms, struct why *why)
{
	tls_init();
	s->request = *request;
	s->connections = connections;
	s->disconnected_ms = disconnected_ms;
	s->closed_since = monotonic_ns();
	watchdog_init(&s->watchdog);
	s->event_fd = event_open();
	outage_begin_first_wait(request->settings->nodes[0].shown);
	return s->event_fd < 0 ? why_errno(why, "eventfd") : 0;
}

const struct bus_node *session_node(const struct session *s)
{
	return &s->request.settings->nodes[s->node];
}

static const char *shown_url(const struct session *s)
{
	return session_node(s)->shown;
}

/* --- the watchdog --- */

void session_busy(struct session *s)
{
	watchdog_begin(&s->watchdog);
}

void session_idle(struct session *s)
{
	watchdog_end(&s->watchdog);
}

void session_watch(struct session *s)
{
	watchdog_look(&s->watchdog, s->patience_ns);
}

void session_interrupt(struct session *s)
{
	watchdog_interrupt(&s->watchdog);
}

void session_wake(struct session *s)
{
	event_raise(s->event_fd);
}

/* --- losing and finding the broker --- */

static int64_t wait_ns(struct session *s)
{
	return outage_wait_ns(&s->back_off, monotonic_ns() - s->closed_since,
	                      session_node(s)->query.retry_delay_ms);
}

static void report_outage(struct session *s, const char *url, const char *why)
{
	/* Once for each reason: a long outage must not fill a disk. */
	bool told = strcmp(s->last_why.text, why) == 0 || s->repeats_itself;

	outage_report(url, s->request.direction, why, s->retry_at - monotonic_ns(), told);
	why_set(&s->last_why, "%s", why);
}

static void fail(struct session *s, bool refused, const char *why)
{
	const struct bus_settings *settings = s->request.settings;
	bool gave_up =
		settings->retries.value >= 0 && s->failures >= (uint64_t)settings->retries.value;
	bool no_first = s->generation == 0 && settings->first_tries &&
	                s->failures + 1 >= settings->first_tries;

	s->state = SESSION_CLOSED;
	if (watchdog_interrupted(&s->watchdog)) {
		s->status = EXIT_RUNNING;
		return;
	}
	if (refused || gave_up || no_first) {
		const char *bound = no_first ? " (no more tries: connection_attempts in the URL)"
		                             : " (no more tries: --retry)";
		outage_report_end(shown_url(s), why, refused ? "" : bound);
		s->status = refused ? EXIT_REFUSED : EXIT_RUNNING;
		return;
	}
	const char *url = shown_url(s);
	s->taken_since = 0;
	s->failures++;
	s->node = (s->node + 1) % settings->node_count;
	/* The other nodes of a cluster are tried at once; only a whole round that failed is worth
	 * waiting for. */
	bool more_nodes = s->failures % settings->node_count != 0;
	s->retry_at = monotonic_ns() + (more_nodes ? 0 : wait_ns(s));
	report_outage(s, url, why);
}

/* It may be our own last connection that has it: the broker gives that up after two heartbeats
 * without an answer, but looks once in each only, so that it takes up to three. */
static void fail_taken(struct session *s, const char *why)
{
	int64_t now = monotonic_ns(), heartbeat = session_node(s)->heartbeat;
	int64_t patience = heartbeat ? 3 * heartbeat + 1 : CONNECT_SILENCE_SECONDS + 1;

	patience = s->generation ? patience : TAKEN_AT_START_SECONDS;
	s->state = SESSION_CLOSED;
	s->retry_at = now + wait_ns(s);
	s->taken_since = s->taken_since ? s->taken_since : now;
	if (now - s->taken_since > patience * 1000 * MS) {
		outage_report_end(shown_url(s), why, "");
		s->status = EXIT_RUNNING;
	} else {
		report_outage(s, shown_url(s), why);
	}
}

static void drop_connection(struct session *s)
{
	watchdog_set_socket(&s->watchdog, -1);
	amqp_destroy_connection(s->link.connection);
	s->link = (struct link){0};
	s->blocked = false;
	s->state = SESSION_CLOSED;
}

static void begin_outage(struct session *s)
{
	s->failures = 0;
	s->back_off = s->repeats_itself ? s->back_off : 0;
	s->last_why.text[0] = '\0';
	s->taken_since = 0;
}

static bool has_lasted(const struct session *s)
{
	return monotonic_ns() - s->opened_at >= (int64_t)2000 * MS;
}

/* A broker that ends every connection with the same words, because of what it is given, is not
 * called on five times a second, nor with two lines each time. */
void session_lose(struct session *s, bool refusal, const char *why)
{
	/* A publisher learns what it may not publish only when it does. What has worked for a while
	 * was allowed. */
	bool unproved = s->generation == 1 && !has_lasted(s);

	s->repeats_itself = !has_lasted(s) && strcmp(s->last_close.text, why) == 0;
	drop_connection(s);
	s->closed_since = monotonic_ns();
	begin_outage(s);
	fail(s, refusal && unproved, why);
}

void session_lose_status(struct session *s, const char *doing, int status)
{
	struct why why;

	why_set(&why, "connection lost while %s: %s", doing, amqp_error_string2(status));
	session_lose(s, false, why.text);
}

static void start_attempt(struct session *s)
{
	struct why why;

	s->attempt = connect_start(&s->request, session_node(s), s->event_fd, &why);
	if (s->attempt)
		s->state = SESSION_CONNECTING;
	else
		fail(s, false, why.text);
}

static void note_connected(struct session *s)
{
	int64_t now = monotonic_ns();
	uint64_t away_ms = (uint64_t)((now - s->closed_since) / MS);

	outage_end_first_wait();
	s->generation++;
	s->opened_at = now;
	stats_add(s->connections, 1);
	stats_add(s->disconnected_ms, away_ms);
	if ((s->generation > 1 || s->failures) && !s->repeats_itself)
		log_warning("%s: %s: connected after %llu.%llu s", shown_url(s),
		            s->request.direction, (unsigned long long)away_ms / 1000,
		            (unsigned long long)away_ms / 100 % 10);
	else
		log_info("%s: %s: connected", shown_url(s), s->request.direction);
	begin_outage(s);
}

/* The watchdog looks twice a second only: the peer may have been dead for so long before the call
 * began to count, and again at the end. */
static int64_t patience_ns(const struct session *s)
{
	int64_t heartbeat = session_node(s)->heartbeat;

	return (heartbeat ? 2 * heartbeat - 1 : CONNECT_SILENCE_SECONDS) * 1000 * MS;
}

static void finish_attempt(struct session *s)
{
	struct link link;
	struct failure failure;

	if (!connect_finish(s->attempt, &link, &failure))
		return;
	s->attempt = NULL;
	if (!link.connection) {
		/* A broker that is starting refuses for seconds: a refusal is final only before the
		 * first success. */
		if (failure.taken)
			fail_taken(s, failure.why.text);
		else
			fail(s, failure.refusal && s->generation == 0, failure.why.text);
		return;
	}
	s->link = link;
	s->patience_ns = patience_ns(s);
	s->state = SESSION_CONNECTED;
	watchdog_set_socket(&s->watchdog, link.socket);
	note_connected(s);
}

/* --- frames --- */

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
	s->last_close = why;
}

/* True: the frame was for the session. */
static bool handle_frame(struct session *s, const amqp_frame_t *frame)
{
	if (frame->channel > LINK_CHANNEL) {
		session_lose(s, false, "the broker sent a frame on a channel that is not open");
		return true;
	}
	if (frame->frame_type != AMQP_FRAME_METHOD)
		return frame->channel == 0;
	switch (frame->payload.method.id) {
	case AMQP_CONNECTION_BLOCKED_METHOD:
		s->blocked = true;
		log_warning("%s: the broker takes no messages at the moment (memory or disk alarm)",
		            shown_url(s));
		return true;
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		s->blocked = false;
		log_warning("%s: the broker takes messages again", shown_url(s));
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

int session_read_frame(struct session *s, amqp_frame_t *frame)
{
	struct timeval at_once = {0, 0};

	for (;;) {
		session_busy(s);
		int status = amqp_simple_wait_frame_noblock(s->link.connection, frame, &at_once);
		session_idle(s);
		if (status == AMQP_STATUS_TIMEOUT)
			return 0;
		if (status != AMQP_STATUS_OK) {
			session_lose_status(s, "reading", status);
			return -1;
		}
		if (!handle_frame(s, frame))
			return 1;
		if (!session_is_connected(s))
			return -1;
		if (frame->channel == 0)
			amqp_maybe_release_buffers_on_channel(s->link.connection, 0);
	}
}

void session_release_buffers(struct session *s)
{
	amqp_maybe_release_buffers_on_channel(s->link.connection, LINK_CHANNEL);
}

/* --- the owner's loop --- */

static int64_t retry_ms(const struct session *s)
{
	int64_t left = s->retry_at - monotonic_ns();

	return left > 0 ? left / MS + 1 : 0;
}

int session_prepare(const struct session *s, struct pollfd *fds, int *timeout_ms)
{
	amqp_connection_state_t connection = s->link.connection;

	fds[0] = (struct pollfd){s->event_fd, POLLIN, 0};
	if (s->state == SESSION_CLOSED)
		session_lower(timeout_ms, retry_ms(s));
	if (s->state != SESSION_CONNECTED)
		return 1;
	if (amqp_frames_enqueued(connection) || amqp_data_in_buffer(connection))
		session_lower(timeout_ms, 0);
	/* The library sends heartbeats and misses the peer's, if somebody calls it then. */
	if (s->link.heartbeat)
		session_lower(timeout_ms, (int64_t)s->link.heartbeat * 50);
	fds[1] = (struct pollfd){s->link.socket, POLLIN, 0};
	return 2;
}

int session_work(struct session *s)
{
	event_drain(s->event_fd);
	if (s->status != EXIT_OK)
		return s->status;
	if (s->state == SESSION_CONNECTING)
		finish_attempt(s);
	else if (s->state == SESSION_CLOSED && monotonic_ns() >= s->retry_at)
		start_attempt(s);
	return s->status;
}

/* --- the end --- */

void session_abandon(struct session *s)
{
	if (s->attempt)
		connect_abandon(s->attempt);
	s->attempt = NULL;
}

/* The library's own call would hold on to all that still comes, which may be hundreds of
 * megabytes. */
static bool is_close_answered(struct session *s, int64_t until)
{
	amqp_frame_t frame;

	for (;;) {
		int64_t left = until - monotonic_ns();
		struct timeval limit = {left / (1000 * MS), left / 1000 % 1000000};

		if (left <= 0 || amqp_simple_wait_frame_noblock(s->link.connection, &frame,
		                                                &limit) != AMQP_STATUS_OK)
			return false;
		if (frame.frame_type == AMQP_FRAME_METHOD &&
		    frame.payload.method.id == AMQP_CONNECTION_CLOSE_OK_METHOD)
			return true;
		session_release_buffers(s);
	}
}

bool session_close(struct session *s, int limit_ms)
{
	amqp_connection_close_t closing = {.reply_code = AMQP_REPLY_SUCCESS};

	session_busy(s);
	bool answered = amqp_send_method(s->link.connection, 0, AMQP_CONNECTION_CLOSE_METHOD,
	                                 &closing) == AMQP_STATUS_OK &&
	                is_close_answered(s, monotonic_ns() + limit_ms * (int64_t)MS);
	session_idle(s);
	drop_connection(s);
	return answered;
}
