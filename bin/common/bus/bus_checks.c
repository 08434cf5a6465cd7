#include "bus/bus_checks.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/event.h"
#include "base/os.h"
#include "bus/certificate.h"
#include "bus/connect.h"
#include "bus/mend.h"

enum { NAME_SIZE = 256, REST_MS = 70000, EXPIRES_SOON_DAYS = 14 };

/* Lives as long as the tool: an attempt may be abandoned. */
static struct checked {
	const struct bus_check *check;
	const struct bus_node *node;
} checked;

/* --- on a connection: in the attempt's thread --- */

static int ask_for_exchange(const struct link *link, bool passive, struct failure *failure)
{
	amqp_exchange_declare_t request = {
		.exchange = amqp_cstring_bytes(checked.check->settings->exchange),
		.type = amqp_cstring_bytes("topic"),
		.passive = passive,
		.durable = 1};

	return link_call(link, AMQP_EXCHANGE_DECLARE_METHOD, &request,
	                 AMQP_EXCHANGE_DECLARE_OK_METHOD,
	                 passive ? "looking for the exchange" : "declaring the exchange", failure);
}

/* With --declare-exchange, one that is there is declared as the tool does, and one that is not is
 * not made. -1: what needs it cannot be looked at. */
static int look_at_exchange(const struct link *link, struct failure *failure)
{
	const struct bus_settings *s = checked.check->settings;
	bool declares = bus_settings_declares(s);

	if (ask_for_exchange(link, true, failure) < 0) {
		if (declares && failure->code == AMQP_NOT_FOUND)
			check_note("exchange",
			           "run it once more when the tool has made it: then each key's "
			           "permission is looked at, too",
			           "%s is not there yet: --declare-exchange makes it", s->exchange);
		else
			check_wrong("exchange",
			            "name another with -e, or let the tool make it: "
			            "--declare-exchange",
			            "%s: %s", s->exchange, failure->why.text);
		return -1;
	}
	if (declares && ask_for_exchange(link, false, failure) < 0) {
		check_wrong("exchange", "leave out --declare-exchange, or name another with -e",
		            "%s: %s", s->exchange, failure->why.text);
		return link_reopen_channel(link, failure);
	}
	check_good("exchange", "%s is there", s->exchange);
	return 0;
}

static void say_refused(const char *doing, const char *key, const struct failure *failure)
{
	char remedy[MEND_SIZE];
	const char *mend = mend_permission(remedy, checked.node, checked.check->settings->exchange,
	                                   failure->why.text);

	/* Without the keys of our own a tool goes on with JSON. */
	(strncmp(key, LINK_OWN_KEYS, strlen(LINK_OWN_KEYS)) == 0 ? check_note : check_wrong)(
		"permission", mend, "%s %s: %s", doing, key, failure->why.text);
}

/* What was published is refused at once, or given up with the transaction. */
static int try_to_publish(const struct link *link, const char *key, struct failure *failure)
{
	amqp_tx_select_t select = {.dummy = 0};
	amqp_tx_rollback_t rollback = {.dummy = 0};

	if (link_call(link, AMQP_TX_SELECT_METHOD, &select, AMQP_TX_SELECT_OK_METHOD,
	              "beginning a transaction", failure) < 0)
		return -1;
	int status = amqp_basic_publish(link->connection, LINK_CHANNEL,
	                                amqp_cstring_bytes(checked.check->settings->exchange),
	                                amqp_cstring_bytes(key), 0, 0, NULL, amqp_empty_bytes);
	if (status != AMQP_STATUS_OK)
		return why_set(&failure->why, "publishing: %s", amqp_error_string2(status));
	return link_call(link, AMQP_TX_ROLLBACK_METHOD, &rollback, AMQP_TX_ROLLBACK_OK_METHOD,
	                 "publishing", failure);
}

static int declare_queue(const struct link *link, char name[NAME_SIZE], struct failure *failure)
{
	amqp_queue_declare_t request = {.exclusive = 1, .auto_delete = 1};
	uint64_t random = 0;

	os_random(&random, sizeof random);
	snprintf(name, NAME_SIZE, "framebus.%.200s.check.%016" PRIx64, checked.check->agent,
	         random);
	request.queue = amqp_cstring_bytes(name);
	return link_call(link, AMQP_QUEUE_DECLARE_METHOD, &request, AMQP_QUEUE_DECLARE_OK_METHOD,
	                 "declaring a queue framebus.NAME.…", failure);
}

static int try_to_bind(const struct link *link, const char *queue, const char *pattern,
                       struct failure *failure)
{
	amqp_queue_bind_t request = {.queue = amqp_cstring_bytes(queue),
	                             .exchange =
	                                     amqp_cstring_bytes(checked.check->settings->exchange),
	                             .routing_key = amqp_cstring_bytes(pattern)};

	return link_call(link, AMQP_QUEUE_BIND_METHOD, &request, AMQP_QUEUE_BIND_OK_METHOD,
	                 "binding", failure);
}

static int look_at_publishing(const struct link *link, struct failure *failure)
{
	for (const char *const *key = checked.check->publish; key && *key; key++) {
		if (try_to_publish(link, *key, failure) == 0) {
			check_good("permission", "may publish %s", *key);
			continue;
		}
		say_refused("may not publish", *key, failure);
		if (!failure->code || link_reopen_channel(link, failure) < 0)
			return -1;
	}
	return 0;
}

static int look_at_reading(const struct link *link, struct failure *failure)
{
	char queue[NAME_SIZE];

	if (!checked.check->bind || !*checked.check->bind)
		return 0;
	if (declare_queue(link, queue, failure) < 0) {
		say_refused("may not make", "its queue", failure);
		return -1;
	}
	for (const char *const *key = checked.check->bind; *key; key++) {
		if (try_to_bind(link, queue, *key, failure) == 0) {
			check_good("permission", "may read %s", *key);
			continue;
		}
		say_refused("may not read", *key, failure);
		if (!failure->code || link_reopen_channel(link, failure) < 0)
			return -1;
	}
	amqp_queue_delete_t away = {.queue = amqp_cstring_bytes(queue)};
	return link_call(link, AMQP_QUEUE_DELETE_METHOD, &away, AMQP_QUEUE_DELETE_OK_METHOD,
	                 "deleting the queue again", failure);
}

/* What has failed here has been said: the connection itself is good. */
static int look_closer(const struct link *link, void *context, struct failure *failure)
{
	(void)context;
	check_good("broker", "%s: connected, logged in as %s: %s %s", checked.node->shown,
	           checked.node->user, link->product, link->version);
	if (look_at_exchange(link, failure) == 0 && look_at_publishing(link, failure) == 0)
		look_at_reading(link, failure);
	return 0;
}

/* --- TLS --- */

static const char new_certificate[] = "give the broker a new certificate (docs/broker.md)";

static void say_validity(const struct bus_node *n, const struct certificate_validity *v)
{
	if (v->days_until > 0)
		check_wrong("tls",
		            "date -u, and sudo timedatectl set-ntp true where that is wrong; else "
		            "give the broker a certificate that is valid now (docs/broker.md)",
		            "%s: its certificate is not valid yet: it will be in %d days", n->shown,
		            v->days_until);
	else if (v->days_left < 0)
		check_wrong("tls", new_certificate, "%s: its certificate has expired %d days ago",
		            n->shown, -v->days_left);
	else if (v->days_left < EXPIRES_SOON_DAYS)
		check_note("tls", new_certificate, "%s: its certificate expires in %d days",
		           n->shown, v->days_left);
	else
		check_good("tls", "%s: its certificate lasts %d days more", n->shown, v->days_left);
}

/* Where it cannot be seen because the broker is not reached, that has been said. */
static void look_at_validity(const struct bus_node *n, bool is_connected)
{
	struct certificate_validity v;
	char remedy[MEND_SIZE];
	struct why why;

	if (certificate_look(&v, n->host, n->port, n->connect_ms, &why) == 0)
		say_validity(n, &v);
	else if (is_connected)
		check_note("tls", mend_connection(remedy, n, "TLS"),
		           "%s: how long its certificate lasts cannot be seen: %s", n->shown,
		           why.text);
}

/* --- a broker --- */

static void look_at_node(const struct bus_check *c, const struct bus_node *n, int event)
{
	static struct connect_request request;
	static struct bus_settings settings;
	char remedy[MEND_SIZE];
	struct link link = {.connection = NULL};
	struct failure failure = {.code = 0};
	struct pollfd fd = {event, POLLIN, 0};

	checked = (struct checked){c, n};
	settings = *c->settings;
	settings.declare_exchange = false; /* nothing is left on the broker */
	request = (struct connect_request){.settings = &settings,
	                                   .agent = c->agent,
	                                   .direction = "check",
	                                   .build = look_closer};
	struct attempt *attempt = connect_start(&request, n, event, &failure.why);
	if (!attempt) {
		check_wrong("broker", "", "%s: %s", n->shown, failure.why.text);
		return;
	}
	poll(&fd, 1, (int)n->connect_ms * 2 + REST_MS);
	event_drain(event);
	if (!connect_finish(attempt, &link, &failure)) {
		connect_abandon(attempt);
		check_wrong("broker", mend_connection(remedy, n, ""), "%s: does not answer",
		            n->shown);
		return;
	}
	bool is_connected = link.connection;
	if (link.connection)
		link_discard(&link);
	else
		check_wrong("broker", mend_connection(remedy, n, failure.why.text), "%s: %s",
		            n->shown, failure.why.text);
	if (n->tls)
		look_at_validity(n, is_connected);
}

void bus_check(const struct bus_check *c)
{
	int event = event_open();

	signal(SIGPIPE, SIG_IGN);
	if (event < 0) {
		check_wrong("broker", "", "eventfd: none is to be had");
		return;
	}
	for (unsigned i = 0; i < c->settings->node_count; i++)
		look_at_node(c, &c->settings->nodes[i], event);
}
