#include "bus/connect.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/version.h"
#include "bus/table.h"
#include "bus/tls.h"

enum {
	FRAME_MAX = 131072,
	CALL_SECONDS = 10, /* bound of TCP and TLS, of the login, and of each call of `build` */
	DIAGNOSE_MS = 1000,
};

/* The library sends none that is empty; the broker goes by the certificate. */
#define EXTERNAL_IDENTITY "certificate"

/* Shared by its thread and the owner of the session; the last of the two frees it. */
struct attempt {
	const struct connect_request *request;
	const struct bus_node *node;
	int event_fd; /* our own duplicate: the owner may be gone */
	pthread_mutex_t lock;
	bool ended, abandoned;
	struct link link;
	struct failure failure;
};

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

static int open_socket(struct attempt *a)
{
	const struct bus_node *node = a->node;
	struct timeval limit = {CALL_SECONDS, 0};
	struct why *why = &a->failure.why;
	amqp_socket_t *socket = node->tls ? amqp_ssl_socket_new(a->link.connection)
	                                  : amqp_tcp_socket_new(a->link.connection);

	if (!socket)
		return why_set(why, "no memory for a socket");
	if (node->tls && tls_prepare(socket, a->request->settings, node->host, why) < 0)
		return -1;
	a->link.tls = node->tls ? socket : NULL;
	int status = amqp_socket_open_noblock(socket, node->host, node->port, &limit);
	if (status == AMQP_STATUS_OK)
		return 0;
	if (status == AMQP_STATUS_SOCKET_ERROR || status == AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED)
		return why_set(why, "%s", why_unreachable(node));
	if (a->link.tls && tls_explain(a->link.tls, node->host, status, why))
		return -1;
	if (status == AMQP_STATUS_TIMEOUT)
		return why_set(why, "no answer within %d s", CALL_SECONDS);
	return why_set(why, "%s", amqp_error_string2(status));
}

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

static amqp_rpc_reply_t say_login(struct attempt *a, const amqp_table_t *properties)
{
	const struct bus_node *node = a->node;
	int heartbeat = (int)a->request->settings->heartbeat;

	if (node->password)
		return amqp_login_with_properties(a->link.connection, node->vhost, 1, FRAME_MAX,
		                                  heartbeat, properties, AMQP_SASL_METHOD_PLAIN,
		                                  node->user, node->password);
	return amqp_login_with_properties(a->link.connection, node->vhost, 1, FRAME_MAX, heartbeat,
	                                  properties, AMQP_SASL_METHOD_EXTERNAL, EXTERNAL_IDENTITY);
}

static int login(struct attempt *a)
{
	const struct connect_request *request = a->request;
	struct timeval limit = {CALL_SECONDS, 0};
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

	amqp_set_handshake_timeout(a->link.connection, &limit);
	amqp_set_rpc_timeout(a->link.connection, &limit);
	if (link_check(&a->link, say_login(a, &properties), "login", &a->failure) < 0)
		return -1;
	a->link.socket = amqp_get_sockfd(a->link.connection);
	bound_socket(a);
	a->link.heartbeat = (unsigned)amqp_get_heartbeat(a->link.connection);
	a->link.frame_max = (size_t)amqp_get_frame_max(a->link.connection);
	amqp_channel_open(a->link.connection, LINK_CHANNEL);
	return link_check_last(&a->link, "opening a channel", &a->failure);
}

/* --- the attempt --- */

/* It needs the permission to configure the exchange. */
static int declare_exchange(struct attempt *a)
{
	const struct bus_settings *s = a->request->settings;
	char doing[LINK_TEXT_SIZE + 32];

	if (!s->declare_exchange || strncmp(s->exchange, "amq.", 4) == 0)
		return 0;
	amqp_exchange_declare(a->link.connection, LINK_CHANNEL, amqp_cstring_bytes(s->exchange),
	                      amqp_cstring_bytes("topic"), 0, 1, 0, 0, amqp_empty_table);
	snprintf(doing, sizeof doing, "declaring the exchange %.255s", s->exchange);
	if (link_check_last(&a->link, doing, &a->failure) == 0)
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

static void discard_connection(struct attempt *a)
{
	if (a->link.connection)
		amqp_destroy_connection(a->link.connection);
	a->link.connection = NULL;
}

static void free_attempt(struct attempt *a)
{
	close(a->event_fd);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

static int connect_node(struct attempt *a)
{
	a->link.connection = amqp_new_connection();
	a->link.host = a->node->host;
	if (!a->link.connection)
		return why_set(&a->failure.why, "out of memory");
	if (open_socket(a) < 0 || login(a) < 0 || declare_exchange(a) < 0)
		return -1;
	return a->request->build(&a->link, a->request->context, &a->failure);
}

static void *run_attempt(void *context)
{
	struct attempt *a = context;

	if (connect_node(a) < 0)
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
	/* The library decodes nested tables by recursion. */
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
		discard_connection(a);
		free_attempt(a);
	}
}
