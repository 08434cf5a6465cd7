#include "bus/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/os.h"
#include "base/version.h"
#include "bus/dial.h"
#include "bus/login.h"
#include "bus/table.h"

enum {
	BUILD_MS = 60000, /* bound of all that `build` asks for */
};

/* Shared by its thread and the owner of the session; the last of the two frees it. */
struct attempt {
	const struct connect_request *request;
	const struct bus_node *node;
	int event_fd; /* our own duplicate: the owner may be gone */
	pthread_mutex_t lock;
	bool ended, abandoned;
	bool has_spoken; /* AMQP, with the address that answered */
	struct link link;
	struct failure failure;
};

/* --- login --- */

/* What waits there is beyond the bound of any queue: it is latency. The kernel doubles the number,
 * for its own needs. */
static void bound_socket(const struct attempt *a)
{
	int octets = (int)(a->request->socket_octets / 2);

	if (octets)
		setsockopt(a->link.socket, SOL_SOCKET, a->request->socket_buffer, &octets,
		           sizeof octets);
}

/* With what the password file says now, if there is one. */
static int authenticate(struct attempt *a, const amqp_table_t *properties)
{
	struct password_file *file = a->request->settings->passwords;
	char *read = file ? password_read(file) : NULL;
	const char *password = read ? read : a->node->password;
	int status = password ? password_check(a->node->user, password, &a->failure.why) : 0;

	const struct login l = {a->node, properties, password};
	a->has_spoken = status == 0;
	if (status == 0)
		status = login(&a->link, &l, &a->failure);
	password_free(read);
	return status;
}

static int log_in(struct attempt *a)
{
	const struct connect_request *request = a->request;
	char name[LINK_TEXT_SIZE];
	snprintf(name, sizeof name, "%s %s %s", log_name(), request->agent ? request->agent : "-",
	         request->direction);
	amqp_table_entry_t abilities[] = {
		table_true("connection.blocked"),           table_true("consumer_cancel_notify"),
		table_true("publisher_confirms"),           table_true("basic.nack"),
		table_true("authentication_failure_close"),
	};
	amqp_table_entry_t about[] = {
		table_text("product", "framebus"),
		table_text("version", FRAMEBUS_VERSION),
		table_text("connection_name", name),
		table_nested("capabilities", table_of(abilities, 5)),
	};
	amqp_table_t properties = table_of(about, 4);

	a->link.wire = wire_new(a->link.socket, a->link.tls);
	if (!a->link.wire)
		return why_set(&a->failure.why, "out of memory");
	wire_begin_setup(a->link.wire, a->node->connect_ms, WIRE_SETUP_OCTETS);
	if (authenticate(a, &properties) < 0)
		return -1;
	bound_socket(a);
	if (!a->link.heartbeat)
		os_keep_alive(a->link.socket, CONNECT_SILENCE_SECONDS);
	wire_begin_setup(a->link.wire, BUILD_MS, WIRE_SETUP_OCTETS);
	return link_open_channel(&a->link, "opening a channel", &a->failure);
}

/* --- the attempt --- */

/* It needs the permission to configure the exchange. */
static int declare_exchange(struct attempt *a)
{
	const struct bus_settings *s = a->request->settings;
	char doing[LINK_TEXT_SIZE + 32];

	if (!bus_settings_declares(s))
		return 0;
	amqp_exchange_declare_t request = {.exchange = amqp_cstring_bytes(s->exchange),
	                                   .type = amqp_cstring_bytes("topic"),
	                                   .durable = 1};
	snprintf(doing, sizeof doing, "declaring the exchange %.255s", s->exchange);
	if (link_call(&a->link, AMQP_EXCHANGE_DECLARE_METHOD, &request,
	              AMQP_EXCHANGE_DECLARE_OK_METHOD, doing, &a->failure) == 0)
		return 0;
	/* It will be the same the next time. */
	if (strstr(a->failure.why.text, "406")) {
		struct why said = a->failure.why;

		a->failure.refusal = true;
		why_set(&a->failure.why,
		        "%s (there is another kind of exchange of that name: leave out "
		        "--declare-exchange, or name another with -e)",
		        said.text);
	}
	return -1;
}

static void free_attempt(struct attempt *a)
{
	close(a->event_fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* To the first address that answers, of those that are left. */
static int connect_one(struct attempt *a, struct dial *d, int64_t limit_ms)
{
	a->failure = (struct failure){.code = 0};
	a->has_spoken = false;
	a->link = (struct link){.connection = amqp_new_connection(), .host = a->node->host};
	if (!a->link.connection)
		return why_set(&a->failure.why, "out of memory");
	if (dial(d, &a->link, limit_ms, &a->failure.why) < 0)
		return -1;
	if (log_in(a) == 0)
		return 0;
	d->is_silent = a->has_spoken && !wire_has_heard(a->link.wire);
	return -1;
}

/* An address whose TCP answers may be dead all the same: what says nothing at all is followed by
 * the next. Through TLS they share the time; each login has its own. */
static int connect_any(struct attempt *a, struct dial *d)
{
	int64_t limit_ms = a->node->connect_ms;
	struct why before = {""};

	while (connect_one(a, d, limit_ms) < 0) {
		struct why last = a->failure.why;

		why_set(&a->failure.why, "%s%s%s", before.text, before.text[0] ? "; " : "",
		        last.text);
		if (!d->is_silent || d->found.count == 1)
			return -1;
		before = a->failure.why;
		if (a->node->tls)
			limit_ms -= limit_ms / d->found.count;
		addresses_drop(&d->found, d->chosen);
		link_discard(&a->link);
	}
	return 0;
}

static int connect_node(struct attempt *a)
{
	struct dial d = {.node = a->node};

	if (addresses_find(&d.found, a->node->host, a->node->port, &a->failure.why) < 0)
		return -1;
	d.has_many = d.found.count > 1;
	int status = connect_any(a, &d);
	addresses_free(&d.found);
	if (status < 0 || declare_exchange(a) < 0)
		return -1;
	return a->request->build(&a->link, a->request->context, &a->failure);
}

static void *run_attempt(void *context)
{
	struct attempt *a = context;

	if (connect_node(a) < 0)
		link_discard(&a->link);
	pthread_mutex_lock(&a->lock);
	bool abandoned = a->abandoned;
	a->ended = true;
	if (!abandoned)
		event_raise(a->event_fd);
	pthread_mutex_unlock(&a->lock);
	if (abandoned) {
		link_discard(&a->link);
		free_attempt(a);
	}
	return NULL;
}

struct attempt *connect_start(const struct connect_request *request, const struct bus_node *node,
                              int event_fd, struct why *why)
{
	struct attempt *a = calloc(1, sizeof *a);
	pthread_attr_t attributes;
	pthread_t thread;

	if (!a) {
		why_set(why, "cannot start to connect: out of memory");
		return NULL;
	}
	a->request = request;
	a->node = node;
	a->event_fd = fcntl(event_fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_init(&a->lock, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	/* Looking names up and TLS have it whatever the shell's limit is. */
	pthread_attr_setstacksize(&attributes, 8 << 20);
	int error = a->event_fd < 0 ? errno : pthread_create(&thread, &attributes, run_attempt, a);
	pthread_attr_destroy(&attributes);
	if (!error)
		return a;
	why_set(why, "cannot start to connect: %s", strerror(error));
	free_attempt(a);
	return NULL;
}

bool connect_finish(struct attempt *a, struct link *link, struct failure *failure)
{
	pthread_mutex_lock(&a->lock);
	bool ended = a->ended;
	pthread_mutex_unlock(&a->lock);
	if (!ended)
		return false;
	*link = a->link;
	*failure = a->failure;
	free_attempt(a);
	return true;
}

void connect_abandon(struct attempt *a)
{
	pthread_mutex_lock(&a->lock);
	bool ended = a->ended;
	a->abandoned = true;
	pthread_mutex_unlock(&a->lock);
	if (ended) {
		link_discard(&a->link);
		free_attempt(a);
	}
}
