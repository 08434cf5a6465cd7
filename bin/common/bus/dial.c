#include "bus/dial.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bus/tls.h"

#define MS INT64_C(1000000) /* nanoseconds */

enum { DIAGNOSE_MS = 1000 };

static int open_tcp(struct dial *d, struct link *link, int64_t limit_ms, struct why *why)
{
	amqp_socket_t *socket = amqp_tcp_socket_new(link->connection);

	if (!socket)
		return why_set(why, "no memory for a socket");
	int fd = addresses_connect(&d->found, limit_ms, &d->chosen, why);
	if (fd < 0)
		return -1;
	amqp_tcp_socket_set_sockfd(socket, fd);
	return 0;
}

/* The library takes no socket for TLS: which of several addresses answers is found out, and is what
 * it is given. */
static int choose(struct dial *d, int64_t limit_ms, struct why *why)
{
	d->chosen = 0;
	if (d->found.count == 1)
		return 0;
	int fd = addresses_connect(&d->found, limit_ms, &d->chosen, why);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int explain_tls(struct dial *d, const struct link *link, int64_t limit_ms, int status,
                       struct why *why)
{
	char address[ADDRESS_TEXT_SIZE];
	unsigned winner;
	int fd = -1;

	/* The library does not tell why it could not connect: ask again, only for the words. */
	if (status == AMQP_STATUS_SOCKET_ERROR &&
	    (fd = addresses_connect(&d->found, DIAGNOSE_MS, &winner, why)) < 0)
		return -1;
	if (fd >= 0)
		close(fd);
	if (!tls_explain(link->tls, d->node->host, why)) {
		d->is_silent = true;
		if (status == AMQP_STATUS_TIMEOUT)
			why_set(why, "no answer within %g s", (double)limit_ms / 1000);
		else
			why_set(why, "%s", amqp_error_string2(status));
	}
	/* Where the URL does not say it. */
	if (!d->has_many)
		return -1;
	addresses_name(&d->found, d->chosen, address);
	return why_set(why, "%s: %s", address, why->text);
}

static int open_tls(struct dial *d, struct link *link, int64_t limit_ms, struct why *why)
{
	int64_t start = monotonic_ns();
	char address[ADDRESS_TEXT_SIZE];

	link->tls = amqp_ssl_socket_new(link->connection);
	if (!link->tls)
		return why_set(why, "no memory for a socket");
	if (tls_prepare(link->tls, d->node, why) < 0 || choose(d, limit_ms, why) < 0)
		return -1;
	addresses_name(&d->found, d->chosen, address);
	int64_t share_ms = limit_ms / d->found.count;
	int64_t left_ms = share_ms - (monotonic_ns() - start) / MS;
	left_ms = left_ms > 0 ? left_ms : 1;
	struct timeval limit = {left_ms / 1000, left_ms % 1000 * 1000};
	int status = amqp_socket_open_noblock(link->tls, address, d->node->port, &limit);
	return status == AMQP_STATUS_OK ? 0 : explain_tls(d, link, share_ms, status, why);
}

int dial(struct dial *d, struct link *link, int64_t limit_ms, struct why *why)
{
	d->is_silent = false;
	if (d->node->tls ? open_tls(d, link, limit_ms, why) < 0
	                 : open_tcp(d, link, limit_ms, why) < 0)
		return -1;
	link->socket = amqp_get_sockfd(link->connection);
	return 0;
}
