#include "probe/serial_tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "base/wait_fd.h"

enum { HOST_SIZE = 256, SERVICE_SIZE = 8, WAIT_MS = 5000, SILENT_SECONDS = 20 };
enum { SEND_BUFFER = 4096 }; /* octets: what waits longer than in a serial port is too old */

bool serial_is_tcp(const char *path)
{
	return strncmp(path, SERIAL_TCP_PREFIX, sizeof SERIAL_TCP_PREFIX - 1) == 0;
}

/* --- the name, which nothing can interrupt the look-up of --- */

struct lookup {
	char host[HOST_SIZE], service[SERVICE_SIZE];
	int done[2];           /* a pipe: its writer is closed when there is an answer */
	_Atomic bool answered; /* error and found are for whoever has seen it */
	int error;
	struct addrinfo *found;
	atomic_int owners;
};

static void let_go(struct lookup *l)
{
	if (atomic_fetch_sub(&l->owners, 1) > 1)
		return;
	if (l->found)
		freeaddrinfo(l->found);
	close(l->done[0]);
	free(l);
}

static void *look_up(void *lookup)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct lookup *l = lookup;

	l->error = getaddrinfo(l->host, l->service, &hints, &l->found);
	atomic_store(&l->answered, true);
	close(l->done[1]);
	let_go(l);
	return NULL;
}

/* "tcp:HOST:PORT", "tcp:[ADDRESS]:PORT" */
static int split(struct lookup *l, const char *path)
{
	const char *host = path + sizeof SERIAL_TCP_PREFIX - 1, *colon = strrchr(host, ':');
	size_t n = colon ? (size_t)(colon - host) : 0;
	char *end;

	if (n >= 2 && host[0] == '[' && colon[-1] == ']') {
		host++;
		n -= 2;
	}
	if (!n || n >= sizeof l->host || host[0] == '/')
		return -1;
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end || colon[1] < '0' || colon[1] > '9' || port < 1 || port > 65535)
		return -1;
	memcpy(l->host, host, n);
	snprintf(l->service, sizeof l->service, "%lu", port);
	return 0;
}

bool serial_tcp_is_meant(const char *path)
{
	const char *colon = strrchr(path, ':');

	return path[0] != '/' && path[0] != '.' && colon && colon[1] &&
	       strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

int serial_tcp_check(const char *path, struct why *why)
{
	struct lookup l;

	if (!serial_is_tcp(path) || split(&l, path) == 0)
		return 0;
	return why_set(why, "-p '%s': is not tcp:HOST:PORT", path);
}

static struct lookup *new_lookup(const char *path, struct why *why)
{
	struct lookup *l = calloc(1, sizeof *l);

	if (!l || pipe2(l->done, O_CLOEXEC) < 0) {
		why_set(why, "%s", strerror(errno));
		free(l);
		return NULL;
	}
	atomic_init(&l->owners, 2);
	if (split(l, path) == 0)
		return l;
	why_set(why, "is not tcp:HOST:PORT");
	close(l->done[0]);
	close(l->done[1]);
	free(l);
	return NULL;
}

static int start(struct lookup *l, struct why *why)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, look_up, l);

	if (!error) {
		pthread_detach(thread);
		return 0;
	}
	close(l->done[1]);
	atomic_store(&l->owners, 1);
	return why_set(why, "%s", strerror(error));
}

/* --- the connection --- */

static int remaining_ms(int64_t deadline)
{
	int64_t left = deadline - monotonic_ns();

	return left < 0 ? 0 : (int)(left / 1000000);
}

static int finish_connecting(int fd, int64_t deadline)
{
	int error = 0;
	socklen_t size = sizeof error;

	switch (wait_fd(fd, POLLOUT, remaining_ms(deadline))) {
	case WAIT_STOPPED:
		return ECANCELED;
	case WAIT_TIMEOUT:
		return ETIMEDOUT;
	default:
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		return error;
	}
}

static int connect_to(const struct addrinfo *a, int64_t deadline, struct why *why)
{
	const int on = 1, room = SEND_BUFFER;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return why_set(why, "%s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	int error = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : errno;
	if (error == EINPROGRESS)
		error = finish_connecting(fd, deadline);
	if (error) {
		close(fd);
		return why_set(why, "%s", strerror(error));
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	os_keep_alive(fd, SILENT_SECONDS);
	return fd;
}

/* An address that does not answer leaves time for the others. */
static int64_t share(const struct addrinfo *a, int64_t deadline)
{
	int64_t now = monotonic_ns();
	int addresses = 0;

	for (; a; a = a->ai_next)
		addresses++;
	return now < deadline ? now + (deadline - now) / addresses : now;
}

static int connect_to_any(const struct lookup *l, int64_t deadline, struct why *why)
{
	int fd = -1;

	if (l->error)
		return why_set(why, "%s: %s", l->host, gai_strerror(l->error));
	for (const struct addrinfo *a = l->found; a && fd < 0; a = a->ai_next)
		fd = connect_to(a, share(a, deadline), why);
	return fd;
}

int serial_tcp_open(const char *path, struct why *why)
{
	int64_t deadline = monotonic_ns() + WAIT_MS * INT64_C(1000000);
	struct lookup *l = new_lookup(path, why);
	int fd = -1;

	if (!l)
		return -1;
	if (start(l, why) < 0)
		;
	else if (wait_fd(l->done[0], POLLIN, WAIT_MS) == WAIT_READY && atomic_load(&l->answered))
		fd = connect_to_any(l, deadline, why);
	else
		why_set(why, "its name is not found within %d seconds", WAIT_MS / 1000);
	let_go(l);
	return fd;
}
