#include "bus/session.h"

#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/os.h"
#include "bus/tls.h"

#define MS            1000000 /* nanoseconds */
#define SHORTEST_WAIT (200 * (int64_t)MS)

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

/* Doubles from 0.2 s to 1 s in an outage's first minute, then to 30 s; a random part keeps many
 * agents from connecting all at one time. */
static int64_t back_off_ns(struct session *s)
{
	int64_t wanted = session_node(s)->query.retry_delay_ms * MS;

	if (wanted >= 0)
		return wanted > SHORTEST_WAIT ? wanted : SHORTEST_WAIT;
	int64_t outage = monotonic_ns() - s->closed_since;
	int64_t limit = outage < 60000 * (int64_t)MS ? 1000 * (int64_t)MS : 30000 * (int64_t)MS;
	uint32_t random = 0;

	if (os_random(&random, sizeof random) < 0)
		random = 0x80000000u;
	s->back_off = s->back_off ? 2 * s->back_off : 200 * (int64_t)MS;
	if (s->back_off > limit)
		s->back_off = limit;
	return s->back_off / 2 + (int64_t)((double)s->back_off / 2 * random / 4294967296.0);
}

static void report_outage(struct session *s, const char *why)
{
	/* Once for each reason: a long outage must not fill a disk. */
	if (strcmp(s->last_why.text, why) != 0)
		log_warning("%s: %s: %s; trying again", shown_url(s), s->request.direction, why);
	else
		log_info("%s: %s: %s; trying again", shown_url(s), s->request.direction, why);
	why_set(&s->last_why, "%s", why);
}

/* What ends one direction of a tool mostly ends the other at the same moment: one line for both. */
static void report_end(const char *url, const char *why, const char *hint)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct why reported;
	struct why line;

	why_set(&line, "%s: %s%s", url, why, hint);
	pthread_mutex_lock(&lock);
	if (strcmp(reported.text, line.text) != 0)
		log_error("%s", line.text);
	reported = line;
	pthread_mutex_unlock(&lock);
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
		report_end(shown_url(s), why,
		           refused    ? ""
		           : no_first ? " (no more tries: connection_attempts in the URL)"
		                      : " (no more tries: --retry)");
		s->status = refused ? EXIT_REFUSED : EXIT_RUNNING;
		return;
	}
	report_outage(s, why);
	s->failures++;
	s->node = (s->node + 1) % settings->node_count;
	/* The other nodes of a cluster are tried at once; only a whole round that failed is worth
	 * waiting for. */
	bool more_nodes = s->failures % settings->node_count != 0;
	s->retry_at = monotonic_ns() + (more_nodes ? 0 : back_off_ns(s));
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
	s->back_off = 0;
	s->last_why.text[0] = '\0';
}

void session_lose(struct session *s, bool refusal, const char *why)
{
	/* A publisher learns what it may not publish only when it does. What has worked for a while
	 * was allowed. */
	bool unproved = s->generation == 1 && monotonic_ns() - s->opened_at < (int64_t)2000 * MS;

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

	s->generation++;
	s->opened_at = now;
	stats_add(s->connections, 1);
	stats_add(s->disconnected_ms, away_ms);
	if (s->generation > 1 || s->failures)
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

	return (heartbeat ? 2 * heartbeat - 1 : 20) * 1000 * MS;
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

	s->omit_user_id |= strncmp(why.text, "406", 3) == 0 && strstr(why.text, "user_id");
	session_lose(s, refusal, why.text);
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

void session_lower(int *timeout_ms, int64_t wanted)
{
	if (wanted >= 0 && (*timeout_ms < 0 || wanted < *timeout_ms))
		*timeout_ms = (int)wanted;
}

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

/* The library's own call would hold on to all that still comes, which may be hundreds of megabytes.
 */
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
