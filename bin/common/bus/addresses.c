#include "bus/addresses.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/outside.h"
#include "base/text.h"

#define MS 1000000 /* nanoseconds */

enum { ATTEMPT_DELAY_MS = 250 }; /* RFC 8305, section 5 */

enum state { WAITING, CONNECTING, FAILED };

struct race {
	const struct addresses *addresses;
	struct pollfd fds[ADDRESSES_MAX]; /* fd -1: none */
	enum state state[ADDRESSES_MAX];
	int error[ADDRESSES_MAX];
	unsigned started;
	int64_t start_at, until; /* of the monotonic clock, ns */
};

/* --- looking up --- */

/* The system's order, but the family changes with each while there are both. */
static void put_in_order(struct addresses *a)
{
	struct addrinfo *one = a->list, *other = a->list;
	int family = a->list->ai_family;

	while ((one || other) && a->count < ADDRESSES_MAX) {
		while (one && one->ai_family != family)
			one = one->ai_next;
		while (other && other->ai_family == family)
			other = other->ai_next;
		if (one)
			a->item[a->count++] = one;
		if (other && a->count < ADDRESSES_MAX)
			a->item[a->count++] = other;
		one = one ? one->ai_next : NULL;
		other = other ? other->ai_next : NULL;
	}
}

int addresses_find(struct addresses *a, const char *host, int port, struct why *why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char service[16];

	*a = (struct addresses){.host = host};
	snprintf(service, sizeof service, "%d", port);
	int status = getaddrinfo(host, service, &hints, &a->list);
	if (status) {
		const char *reason = status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status);
		/* Where the network is missing, advice would only be in the way. */
		bool is_closed = outside_is_closed() && status != EAI_AGAIN;
		return why_set(why, "%s%s%s", status == EAI_SYSTEM ? "looking the name up: " : "",
		               reason,
		               is_closed ? " (what only a service of this host knows is not found "
		                           "from here: /etc/hosts takes it)"
		                         : "");
	}
	put_in_order(a);
	return 0;
}

void addresses_drop(struct addresses *a, unsigned i)
{
	a->count--;
	memmove(a->item + i, a->item + i + 1, (a->count - i) * sizeof *a->item);
}

void addresses_free(struct addresses *a)
{
	freeaddrinfo(a->list);
}

void addresses_name(const struct addresses *a, unsigned i, char text[ADDRESS_TEXT_SIZE])
{
	if (getnameinfo(a->item[i]->ai_addr, a->item[i]->ai_addrlen, text, ADDRESS_TEXT_SIZE, NULL,
	                0, NI_NUMERICHOST) != 0)
		snprintf(text, ADDRESS_TEXT_SIZE, "?");
}

/* --- connecting --- */

static void note_failure(struct race *r, unsigned i, int error)
{
	if (r->fds[i].fd >= 0)
		close(r->fds[i].fd);
	r->fds[i].fd = -1;
	r->state[i] = FAILED;
	r->error[i] = error;
	/* The next need not wait. */
	r->start_at = monotonic_ns();
}

static void start(struct race *r)
{
	unsigned i = r->started++;
	const struct addrinfo *to = r->addresses->item[i];
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);

	r->fds[i] = (struct pollfd){fd, POLLOUT, 0};
	r->state[i] = CONNECTING;
	r->start_at = monotonic_ns() + ATTEMPT_DELAY_MS * (int64_t)MS;
	if (fd < 0 || (connect(fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS))
		note_failure(r, i, errno);
}

/* Which has connected, or -1. */
static int look(struct race *r)
{
	for (unsigned i = 0; i < r->started; i++) {
		int error = 0;
		socklen_t size = sizeof error;

		if (r->fds[i].fd < 0 || !r->fds[i].revents)
			continue;
		if (getsockopt(r->fds[i].fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			error = errno;
		if (!error)
			return (int)i;
		note_failure(r, i, error);
	}
	return -1;
}

static int wait_ms(const struct race *r, int64_t now)
{
	int64_t end = r->until;

	if (r->started < r->addresses->count && r->start_at < end)
		end = r->start_at;
	return end > now ? (int)((end - now) / MS + 1) : 0;
}

static bool is_anyone_left(const struct race *r)
{
	for (unsigned i = 0; i < r->addresses->count; i++)
		if (r->state[i] != FAILED)
			return true;
	return false;
}

static int run(struct race *r)
{
	while (is_anyone_left(r)) {
		int64_t now = monotonic_ns();

		if (now >= r->until)
			return -1;
		if (r->started < r->addresses->count && now >= r->start_at) {
			start(r);
			continue;
		}
		poll(r->fds, r->started, wait_ms(r, now));
		int winner = look(r);
		if (winner >= 0)
			return winner;
	}
	return -1;
}

/* --- words --- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* In an order that does not change: the same reason is the same text, whatever order the name
 * server answers in. */
static void explain(const struct race *r, int64_t limit_ms, struct why *why)
{
	const struct addresses *a = r->addresses;
	char lines[ADDRESSES_MAX][160], all[sizeof why->text] = "";
	struct text t = {all, sizeof all, 0};

	for (unsigned i = 0; i < a->count; i++) {
		char name[ADDRESS_TEXT_SIZE], reason[80];

		addresses_name(a, i, name);
		if (r->state[i] == FAILED)
			snprintf(reason, sizeof reason, "%s", strerror(r->error[i]));
		else
			snprintf(reason, sizeof reason, "no answer within %g s",
			         (double)limit_ms / 1000);
		/* The URL has it already. */
		bool is_named = a->count == 1 && strcmp(name, a->host) == 0;
		snprintf(lines[i], sizeof lines[i], "%s%s%s", is_named ? "" : name,
		         is_named ? "" : ": ", reason);
	}
	qsort(lines, a->count, sizeof lines[0], compare_texts);
	for (unsigned i = 0; i < a->count; i++)
		text_add(&t, "%s%s", i ? "; " : "", lines[i]);
	why_set(why, "%s", all);
}

int addresses_connect(const struct addresses *a, int64_t limit_ms, unsigned *winner,
                      struct why *why)
{
	struct race r = {.addresses = a};
	int on = 1, fd = -1;

	r.start_at = monotonic_ns();
	r.until = r.start_at + limit_ms * MS;
	int first = run(&r);
	if (first < 0)
		explain(&r, limit_ms, why);
	for (unsigned i = 0; i < r.started; i++)
		if ((int)i == first)
			fd = r.fds[i].fd;
		else if (r.fds[i].fd >= 0)
			close(r.fds[i].fd);
	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	*winner = (unsigned)first;
	return fd;
}
