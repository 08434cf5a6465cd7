#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/bus_internal.h"
#include "base/event.h"
#include "base/log.h"
#include "base/version.h"

enum {
	FRAME_MAX = 131072,
	DEFAULT_QUEUE_OCTETS = 8 << 20,
	KEPT_EXPIRES_MS = 3600000,
	KEPT_PREFETCH = 1000,
	DIAGNOSE_MS = 1000
};

/* The library sends none that is empty; the broker goes by the certificate. */
#define EXTERNAL_IDENTITY "certificate"

/* Shared by its thread and the owner of the bus; the last of the two frees it. */
struct bus_attempt {
	const struct bus_config *config;
	const struct bus_node *node;
	int event_fd; /* our own duplicate: the owner may be gone */
	pthread_mutex_t lock;
	bool ended, abandoned;
	struct bus_link link;
	amqp_socket_t *tls; /* the connection's, NULL without TLS */
	enum bus_fault fault;
	char why[BUS_WHY_SIZE];
};

static bool fail(struct bus_attempt *a, enum bus_fault fault, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool fail(struct bus_attempt *a, enum bus_fault fault, const char *format, ...)
{
	va_list arguments;

	a->fault = fault;
	va_start(arguments, format);
	vsnprintf(a->why, sizeof a->why, format, arguments);
	va_end(arguments);
	return false;
}

bool bus_explain_close(const amqp_method_t *method, char why[BUS_WHY_SIZE])
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
	snprintf(why, BUS_WHY_SIZE, "%d %.*s", code, (int)text.len, (const char *)text.bytes);
	return code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED || code == AMQP_NOT_FOUND;
}

static bool check_reply(struct bus_attempt *a, amqp_rpc_reply_t reply, const char *doing)
{
	char why[BUS_WHY_SIZE];

	switch (reply.reply_type) {
	case AMQP_RESPONSE_NORMAL:
		return true;
	case AMQP_RESPONSE_SERVER_EXCEPTION: {
		bool refusal = bus_explain_close(&reply.reply, why);
		return fail(a, refusal ? BUS_FAULT_REFUSAL : BUS_FAULT_OUTAGE,
		            "%s: the broker says: %s", doing, why);
	}
	default:
		if (a->tls && bus_tls_explain(a->tls, a->node->host, reply.library_error, why))
			return fail(a, BUS_FAULT_OUTAGE, "%s: %s", doing, why);
		return fail(a, BUS_FAULT_OUTAGE, "%s: %s", doing,
		            amqp_error_string2(reply.library_error));
	}
}

/* --- TCP --- */

static int connect_error(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
	                address->ai_protocol);
	int error = fd < 0 || (connect(fd, address->ai_addr, address->ai_addrlen) < 0 &&
	                       errno != EINPROGRESS)
	                    ? errno
	                    : 0;
	struct pollfd ready = {fd, POLLOUT, 0};
	socklen_t size = sizeof error;

	if (!error && poll(&ready, 1, DIAGNOSE_MS) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (fd >= 0)
		close(fd);
	return error;
}

/* The library does not tell why it could not connect: ask again, only for the words. */
static const char *why_unreachable(const struct bus_node *node)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses;
	char port[16];

	snprintf(port, sizeof port, "%d", node->port);
	int status = getaddrinfo(node->host, port, &hints, &addresses);
	if (status)
		return gai_strerror(status);
	int error = connect_error(addresses);
	freeaddrinfo(addresses);
	return error ? strerror(error) : "cannot be reached";
}

static bool open_socket(struct bus_attempt *a)
{
	const struct bus_node *node = a->node;
	struct timeval limit = {BUS_CONNECT_SECONDS, 0};
	char why[BUS_WHY_SIZE];
	amqp_socket_t *socket = node->tls ? amqp_ssl_socket_new(a->link.connection)
	                                  : amqp_tcp_socket_new(a->link.connection);

	if (!socket)
		return fail(a, BUS_FAULT_OUTAGE, "no memory for a socket");
	if (node->tls && !bus_tls_prepare(socket, node->host, a->why)) {
		a->fault = BUS_FAULT_OUTAGE;
		return false;
	}
	a->tls = node->tls ? socket : NULL;
	int status = amqp_socket_open_noblock(socket, node->host, node->port, &limit);
	if (status == AMQP_STATUS_OK)
		return true;
	if (status == AMQP_STATUS_SOCKET_ERROR || status == AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED)
		return fail(a, BUS_FAULT_OUTAGE, "%s", why_unreachable(node));
	if (a->tls && bus_tls_explain(a->tls, node->host, status, why))
		return fail(a, BUS_FAULT_OUTAGE, "%s", why);
	if (status == AMQP_STATUS_TIMEOUT)
		return fail(a, BUS_FAULT_OUTAGE, "no answer within %d s", BUS_CONNECT_SECONDS);
	return fail(a, BUS_FAULT_OUTAGE, "%s", amqp_error_string2(status));
}

/* --- login --- */

static amqp_table_entry_t text_entry(const char *key, const char *value)
{
	amqp_table_entry_t e = {.key = amqp_cstring_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_UTF8;
	e.value.value.bytes = amqp_cstring_bytes(value);
	return e;
}

static amqp_table_entry_t flag_entry(const char *key)
{
	amqp_table_entry_t e = {.key = amqp_cstring_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	e.value.value.boolean = 1;
	return e;
}

static amqp_table_entry_t number_entry(const char *key, uint64_t value)
{
	amqp_table_entry_t e = {.key = amqp_cstring_bytes(key)};

	e.value.kind = AMQP_FIELD_KIND_I64;
	e.value.value.i64 = (int64_t)value;
	return e;
}

static amqp_table_t table(amqp_table_entry_t *entries, int n)
{
	return (amqp_table_t){.num_entries = n, .entries = entries};
}

/* What waits there is beyond the bound of any queue: it is latency. The kernel doubles the number,
 * for its own needs. */
static void bound_socket(const struct bus_attempt *a)
{
	int octets = (int)(a->config->socket_octets / 2);

	if (octets)
		setsockopt(a->link.socket, SOL_SOCKET,
		           a->config->role == BUS_CONSUMER ? SO_RCVBUF : SO_SNDBUF, &octets,
		           sizeof octets);
}

static bool login(struct bus_attempt *a)
{
	const struct bus_node *node = a->node;
	char name[BUS_KEY_SIZE];
	snprintf(name, sizeof name, "%s %s %s", log_name(),
	         a->config->agent ? a->config->agent : "-", a->config->direction);
	struct timeval limit = {BUS_CONNECT_SECONDS, 0};
	amqp_table_entry_t abilities[] = {
		flag_entry("connection.blocked"),           flag_entry("consumer_cancel_notify"),
		flag_entry("publisher_confirms"),           flag_entry("basic.nack"),
		flag_entry("authentication_failure_close"),
	};
	amqp_table_entry_t about[] = {
		text_entry("product", "framebus"),
		text_entry("version", FRAMEBUS_VERSION),
		text_entry("connection_name", name),
		{.key = amqp_cstring_bytes("capabilities")},
	};
	amqp_table_t properties = table(about, 4);

	about[3].value.kind = AMQP_FIELD_KIND_TABLE;
	about[3].value.value.table = table(abilities, 5);
	amqp_set_handshake_timeout(a->link.connection, &limit);
	amqp_set_rpc_timeout(a->link.connection, &limit);

	int heartbeat = (int)bus_options.heartbeat;
	amqp_rpc_reply_t reply =
		node->password
			? amqp_login_with_properties(a->link.connection, node->vhost, 1, FRAME_MAX,
	                                             heartbeat, &properties, AMQP_SASL_METHOD_PLAIN,
	                                             node->user, node->password)
			: amqp_login_with_properties(a->link.connection, node->vhost, 1, FRAME_MAX,
	                                             heartbeat, &properties,
	                                             AMQP_SASL_METHOD_EXTERNAL, EXTERNAL_IDENTITY);
	if (!check_reply(a, reply, "login"))
		return false;
	a->link.socket = amqp_get_sockfd(a->link.connection);
	bound_socket(a);
	a->link.heartbeat = (unsigned)amqp_get_heartbeat(a->link.connection);
	a->link.frame_max = (size_t)amqp_get_frame_max(a->link.connection);
	amqp_channel_open(a->link.connection, BUS_CHANNEL);
	return check_reply(a, amqp_get_rpc_reply(a->link.connection), "opening a channel");
}

/* --- topology --- */

static void queue_name(char out[BUS_KEY_SIZE], const struct bus_queue *q)
{
	uint64_t random = 0;

	/* A name of its own for every connection: no race with the broker's clean-up of the last
	 * one. */
	if (q->kind != BUS_KEPT && getrandom(&random, sizeof random, 0) == sizeof random)
		snprintf(out, BUS_KEY_SIZE, "%s.%016" PRIx64, q->name, random);
	else
		snprintf(out, BUS_KEY_SIZE, "%s", q->name);
}

static bool declare_queue(struct bus_attempt *a, const struct bus_queue *q, const char *name)
{
	amqp_table_entry_t arguments[5];
	int n = 0;
	char doing[BUS_KEY_SIZE + 32];

	if (q->kind == BUS_KEPT) {
		arguments[n++] = text_entry("x-queue-type", "quorum");
		arguments[n++] = number_entry("x-expires", KEPT_EXPIRES_MS);
	} else {
		arguments[n++] = number_entry("x-max-length-bytes",
		                              q->max_octets ? q->max_octets : DEFAULT_QUEUE_OCTETS);
		arguments[n++] = text_entry("x-overflow", "drop-head");
		if (q->max_messages)
			arguments[n++] = number_entry("x-max-length", q->max_messages);
	}
	if (q->message_ttl_ms)
		arguments[n++] = number_entry("x-message-ttl", q->message_ttl_ms);
	bool kept = q->kind == BUS_KEPT;
	amqp_queue_declare(a->link.connection, BUS_CHANNEL, amqp_cstring_bytes(name), 0, kept,
	                   !kept, !kept, table(arguments, n));
	snprintf(doing, sizeof doing, "declaring the queue %s", name);
	return check_reply(a, amqp_get_rpc_reply(a->link.connection), doing);
}

static bool bind_queue(struct bus_attempt *a, const struct bus_queue *q, const char *name)
{
	char doing[2 * BUS_KEY_SIZE];

	for (const char *const *key = q->bindings; *key; key++) {
		amqp_queue_bind(a->link.connection, BUS_CHANNEL, amqp_cstring_bytes(name),
		                amqp_cstring_bytes(bus_options.exchange), amqp_cstring_bytes(*key),
		                amqp_empty_table);
		snprintf(doing, sizeof doing, "binding %s to the exchange %s", *key,
		         bus_options.exchange);
		if (!check_reply(a, amqp_get_rpc_reply(a->link.connection), doing))
			return false;
	}
	return true;
}

static bool consume_queue(struct bus_attempt *a, unsigned index, const char *name)
{
	char tag[16], doing[BUS_KEY_SIZE + 32];
	bool acks = a->config->queues[index].kind == BUS_KEPT;

	snprintf(tag, sizeof tag, "%u", index);
	amqp_basic_consume(a->link.connection, BUS_CHANNEL, amqp_cstring_bytes(name),
	                   amqp_cstring_bytes(tag), 0, !acks, 0, amqp_empty_table);
	snprintf(doing, sizeof doing, "consuming the queue %s", name);
	return check_reply(a, amqp_get_rpc_reply(a->link.connection), doing);
}

static bool build_consumer(struct bus_attempt *a)
{
	char names[BUS_QUEUES_MAX][BUS_KEY_SIZE];
	const struct bus_config *c = a->config;

	amqp_basic_qos(a->link.connection, BUS_CHANNEL, 0, KEPT_PREFETCH, 0);
	if (!check_reply(a, amqp_get_rpc_reply(a->link.connection), "setting the prefetch count"))
		return false;
	for (unsigned i = 0; i < c->queue_count; i++) {
		queue_name(names[i], &c->queues[i]);
		if (!declare_queue(a, &c->queues[i], names[i]) ||
		    !bind_queue(a, &c->queues[i], names[i]))
			return false;
	}
	/* Deliveries begin with the first consumer: after it, only replies to consumers are waited
	 * for. */
	for (unsigned i = 0; i < c->queue_count; i++)
		if (!consume_queue(a, i, names[i]))
			return false;
	return true;
}

static bool build_publisher(struct bus_attempt *a)
{
	if (!a->config->kept)
		return true;
	amqp_confirm_select(a->link.connection, BUS_CHANNEL);
	return check_reply(a, amqp_get_rpc_reply(a->link.connection),
	                   "asking for publisher confirms");
}

/* --- the attempt --- */

static void discard_connection(struct bus_attempt *a)
{
	if (a->link.connection)
		amqp_destroy_connection(a->link.connection);
	a->link.connection = NULL;
}

static void free_attempt(struct bus_attempt *a)
{
	close(a->event_fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static bool connect_node(struct bus_attempt *a)
{
	a->link.connection = amqp_new_connection();
	if (!a->link.connection)
		return fail(a, BUS_FAULT_OUTAGE, "out of memory");
	return open_socket(a) && login(a) &&
	       (a->config->role == BUS_CONSUMER ? build_consumer(a) : build_publisher(a));
}

static void *run_attempt(void *context)
{
	struct bus_attempt *a = context;

	if (!connect_node(a))
		discard_connection(a);
	pthread_mutex_lock(&a->lock);
	bool abandoned = a->abandoned;
	a->ended = true;
	if (!abandoned)
		event_raise(a->event_fd);
	pthread_mutex_unlock(&a->lock);
	if (abandoned) {
		discard_connection(a);
		free_attempt(a);
	}
	return NULL;
}

struct bus_attempt *bus_attempt_start(const struct bus_config *config, const struct bus_node *node,
                                      int event_fd)
{
	struct bus_attempt *a = calloc(1, sizeof *a);
	pthread_attr_t attributes;
	pthread_t thread;

	if (!a)
		return NULL;
	*a = (struct bus_attempt){
		.config = config, .node = node, .event_fd = fcntl(event_fd, F_DUPFD_CLOEXEC, 0)};
	pthread_mutex_init(&a->lock, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 8 << 20);
	int error = a->event_fd < 0 ? errno : pthread_create(&thread, &attributes, run_attempt, a);
	pthread_attr_destroy(&attributes);
	if (!error)
		return a;
	log_error("cannot start to connect: %s", strerror(error));
	free_attempt(a);
	return NULL;
}

bool bus_attempt_take(struct bus_attempt *a, struct bus_link *link, enum bus_fault *fault,
                      char why[BUS_WHY_SIZE])
{
	pthread_mutex_lock(&a->lock);
	bool ended = a->ended;
	pthread_mutex_unlock(&a->lock);
	if (!ended)
		return false;
	*link = a->link;
	*fault = a->fault;
	memcpy(why, a->why, BUS_WHY_SIZE);
	free_attempt(a);
	return true;
}

void bus_attempt_abandon(struct bus_attempt *a)
{
	pthread_mutex_lock(&a->lock);
	bool ended = a->ended;
	a->abandoned = true;
	pthread_mutex_unlock(&a->lock);
	if (ended) {
		discard_connection(a);
		free_attempt(a);
	}
}
