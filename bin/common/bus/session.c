#include "bus/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/events.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/service.h"
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
	int64_t since = s->repeats_itself ? s->trouble_since : s->closed_since;

	return outage_wait_ns(&s->back_off, monotonic_ns() - since,
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
		if (refused)
			events_say("refused", "broker", shown_url(s), "direction",
			           s->request.direction, "reason", why, NULL);
		return;
	}
	const char *url = shown_url(s);
	s->taken_since = 0;
	s->failures++;
	s->node = (s->node + 1) % settings->node_count;
	/* The other nodes of a cluster are tried at once; only a whole round that failed is worth
	 * waiting for. */
	bool more_nodes = s->failures % settings->node_count != 0 && !s->repeats_itself;
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

void session_drop(struct session *s)
{
	watchdog_set_socket(&s->watchdog, -1);
	link_discard(&s->link);
	s->blocked = false;
	s->told = (struct told){0};
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

/* A broker that ends every connection as soon as it has begun, whatever it says, is not called on
 * five times a second, nor with two lines each time. */
static void note_lifetime(struct session *s, const char *why)
{
	bool repeats = s->trouble_since && !has_lasted(s);

	if (repeats && !s->repeats_itself)
		log_warning("%s: %s: connections end as soon as they have begun (%s); tried again "
		            "less and less often",
		            shown_url(s), s->request.direction, why);
	s->repeats_itself = repeats;
	if (has_lasted(s))
		s->trouble_since = 0;
	else if (!s->trouble_since)
		s->trouble_since = monotonic_ns();
}

/* Once of each connection that was told of as connected. */
static void tell_lost(const struct session *s, const char *why)
{
	if (s->state != SESSION_CONNECTED)
		return;
	if (!loop_stopping())
		events_say("lost", "broker", shown_url(s), "direction", s->request.direction,
		           "reason", why, NULL);
	service_end_away();
}

void session_lose(struct session *s, bool refusal, const char *why)
{
	/* A publisher learns what it may not publish only when it does. What has worked for a while
	 * was allowed. */
	bool unproved = s->generation == 1 && !has_lasted(s);

	tell_lost(s, why);
	note_lifetime(s, why);
	session_drop(s);
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
	events_say("connected", "broker", shown_url(s), "direction", s->request.direction, NULL);
	if (s->generation > 1)
		service_end_back();
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

/* --- the owner's loop --- */

static int64_t retry_ms(const struct session *s)
{
	int64_t left = s->retry_at - monotonic_ns();

	return left > 0 ? left / MS + 1 : 0;
}

int session_prepare(const struct session *s, struct pollfd *fds, int *timeout_ms)
{
	fds[0] = (struct pollfd){s->event_fd, POLLIN, 0};
	if (s->state == SESSION_CLOSED)
		session_lower(timeout_ms, retry_ms(s));
	if (s->state != SESSION_CONNECTED)
		return 1;
	if (wire_has_input(s->link.wire))
		session_lower(timeout_ms, 0);
	/* Heartbeats are sent, and the peer's missed, if somebody looks then. */
	if (s->link.heartbeat)
		session_lower(timeout_ms, (int64_t)s->link.heartbeat * 50);
	fds[1] = (struct pollfd){s->link.socket, POLLIN, 0};
	return 2;
}

static void beat(struct session *s)
{
	if (s->repeats_itself && has_lasted(s)) {
		s->repeats_itself = false;
		log_warning("%s: %s: connected, and it lasts", shown_url(s), s->request.direction);
	}
	session_busy(s);
	int status = link_beat(&s->link);
	session_idle(s);
	if (status != AMQP_STATUS_OK)
		session_lose_status(s, "sending a heartbeat", status);
}

int session_work(struct session *s)
{
	event_drain(s->event_fd);
	if (s->status != EXIT_OK)
		return s->status;
	if (s->state == SESSION_CONNECTED)
		beat(s);
	else if (s->state == SESSION_CONNECTING)
		finish_attempt(s);
	else if (s->state == SESSION_CLOSED && monotonic_ns() >= s->retry_at)
		start_attempt(s);
	return s->status;
}

void session_renew(struct session *s, const char *why, int limit_ms)
{
	tell_lost(s, why);
	session_close(s, limit_ms);
	s->closed_since = s->retry_at = monotonic_ns();
	begin_outage(s);
}

/* --- the end --- */

void session_abandon(struct session *s)
{
	if (s->attempt)
		connect_abandon(s->attempt);
	s->attempt = NULL;
}
