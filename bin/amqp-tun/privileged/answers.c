#include "answers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/outside.h"
#include "interface.h"
#include "privileges.h"
#include "tun.h"

/* So many requests, and interfaces that come to nothing, a second; and more at once, as where every
 * node of a cluster fails in turn. */
enum { REQUEST_MS = 4, CONFIGURE_MS = 250, BURST_MS = 16000 };

/* --- the socket --- */

static bool has_left(int socket)
{
	struct pollfd fd = {socket, 0, 0};

	return poll(&fd, 1, 0) == 1 && fd.revents & (POLLHUP | POLLERR);
}

static void close_socket(struct answers *a)
{
	close(a->socket);
	a->socket = -1;
}

/* A child that is ending leaves, and breaks nothing. */
static int leave_or_break(struct answers *a, const char *words, struct why *why)
{
	if (!has_left(a->socket))
		return why_set(why, "%s", words);
	close_socket(a);
	return 0;
}

static bool has_unread_answer(int socket)
{
	int octets = 0;

	return ioctl(socket, SIOCOUTQ, &octets) == 0 && octets > 0;
}

static bool asks_already(int socket)
{
	char octet;

	return recv(socket, &octet, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) > 0;
}

static int send_reply(struct answers *a, const struct keeper_reply *reply, const int *fds,
                      unsigned count, struct why *why)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(KEEPER_DESCRIPTORS * sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)reply, sizeof *reply};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (asks_already(a->socket))
		return why_set(why, "a request before the answer to the one before");
	if (count) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	if (sendmsg(a->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return leave_or_break(a, "it takes no answer", why);
	return 0;
}

/* --- the requests --- */

static int open_device(struct answers *a, struct why *why)
{
	const char *netns = a->options->netns;

	if (netns && !a->in_namespace && tun_enter_namespace(netns, why) < 0)
		return -1;
	a->in_namespace = true;
	if (privileges_keep(&(struct privileges){.signals = a->other_user, .files = a->reads_files},
	                    why) < 0)
		return -1;
	a->device = tun_open(why);
	if (a->device < 0)
		return -1;
	if (!privileges_net_admin() && !a->options->name) {
		close(a->device);
		a->device = -1;
		return why_set(why,
		               TUN_PATH ": %s (run as root, or give it CAP_NET_ADMIN; or name with "
		                        "--ifname an interface that you own)",
		               strerror(EPERM));
	}
	a->state = KEEPER_OPENED;
	return 0;
}

static int make_interface(struct answers *a, struct configuration *wanted,
                          struct interface *interface, struct why *why)
{
	/* What an attempt before this one could not open again. */
	if (a->device < 0 && (a->device = tun_open(why)) < 0)
		return -1;
	if (interface_make(interface, a->device, a->options, wanted, a->stop, why) == 0)
		return 0;
	/* The next attempt needs a new one: this one may stay attached. */
	close(a->device);
	a->device = tun_open(NULL);
	return -1;
}

static int answer_configure(struct answers *a, const struct keeper_request *request,
                            struct keeper_reply *reply, struct why *why)
{
	struct interface interface;
	int fds[KEEPER_DESCRIPTORS];

	reply->in_force = request->wanted;
	reply->outcome = make_interface(a, &reply->in_force, &interface, &reply->why);
	if (reply->outcome < 0)
		return send_reply(a, reply, NULL, 0, why);
	a->state = KEEPER_CONFIGURED;
	memcpy(reply->ifname, interface.tun.name, IFNAMSIZ);
	reply->offload = interface.tun.offload;
	if (interface.tun.offload)
		log_info("%s: super-packets of TCP%s", interface.tun.name,
		         interface.tun.udp ? " and UDP" : "");
	fds[0] = a->device;
	fds[1] = tun_open_news();
	fds[2] = fds[1] < 0 ? -1 : tun_open_counters();
	int outcome = send_reply(a, reply, fds, 1 + (fds[1] >= 0) + (fds[2] >= 0), why);
	for (unsigned i = 1; i < KEEPER_DESCRIPTORS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	/* The interface stays when the child goes: its offload is still to be ended. */
	if (interface.tun.persistent && interface.tun.offload)
		return outcome;
	/* The child alone holds the interface: it goes when the child does. */
	close(a->device);
	a->device = -1;
	return outcome;
}

/* What has taken the file's place may be a pipe that nobody writes into, or a device that acts when
 * it is opened. */
static int open_file(const char *path, struct why *why)
{
	struct stat about;
	int fd = -1;

	if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
		return why_set(why, "is no file any more");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? why_set(why, "%s", strerror(errno)) : fd;
}

static int answer_file(struct answers *a, const struct keeper_request *request,
                       struct keeper_reply *reply, struct why *why)
{
	int fd = open_file(outside_file(request->file), &reply->why);

	reply->outcome = fd < 0 ? -1 : 0;
	int outcome = send_reply(a, reply, &fd, fd < 0 ? 0 : 1, why);
	if (fd >= 0)
		close(fd);
	return outcome;
}

static int answer(struct answers *a, const struct keeper_request *request, size_t size,
                  struct why *why)
{
	struct keeper_reply reply;

	memset(&reply, 0, sizeof reply);
	enum verdict verdict = verdict_of(a->options, a->state, request, size, &reply.why);
	if (verdict == VERDICT_BROKEN)
		return why_set(why, "%s", reply.why.text);
	reply.number = request->number;
	reply.outcome = verdict == VERDICT_GOOD ? 0 : -1;
	if (verdict == VERDICT_GOOD && request->operation == KEEPER_CONFIGURE)
		return answer_configure(a, request, &reply, why);
	if (verdict == VERDICT_GOOD && request->operation == KEEPER_FILE)
		return answer_file(a, request, &reply, why);
	if (verdict == VERDICT_GOOD)
		reply.outcome = open_device(a, &reply.why);
	return send_reply(a, &reply, NULL, 0, why);
}

/* --- one after another --- */

int answers_pause(const struct answers *a)
{
	int64_t ahead = (a->next_free - monotonic_ns()) / 1000000;

	return ahead > BURST_MS ? (int)(ahead - BURST_MS) : 0;
}

static void count_request(struct answers *a, const struct keeper_request *request)
{
	int64_t now = monotonic_ns();
	int cost = request->operation == KEEPER_CONFIGURE ? CONFIGURE_MS : REQUEST_MS;

	a->next_free = (a->next_free > now ? a->next_free : now) + (int64_t)cost * 1000000;
}

int answers_serve(struct answers *a, struct why *why)
{
	struct keeper_request request;
	ssize_t size = recv(a->socket, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (size <= 0)
		return leave_or_break(a, "it sends no more requests", why);
	if (has_unread_answer(a->socket))
		return why_set(why, "a request before the answer to the one before was read");
	if (size == sizeof request)
		count_request(a, &request);
	return answer(a, &request, (size_t)size, why);
}
