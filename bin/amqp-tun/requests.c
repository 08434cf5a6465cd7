#include "requests.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Longer than the kernel is waited for, for each of the addresses (interface.c, netlink.c). */
enum { REPLY_MS = 40000 };

/* Both directions ask. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t latest;         /* number of a request */
static bool is_answered = true; /* ... and whether its answer has come: only then there is a next */

static void read_descriptors(struct msghdr *message, int fds[KEEPER_DESCRIPTORS])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t count;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count > KEEPER_DESCRIPTORS)
		count = KEEPER_DESCRIPTORS;
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
}

static int receive_reply(int keeper, struct keeper_reply *reply, int fds[KEEPER_DESCRIPTORS])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(KEEPER_DESCRIPTORS * sizeof(int))];
	} control;
	struct iovec part = {reply, sizeof *reply};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space,
	};

	for (unsigned i = 0; i < KEEPER_DESCRIPTORS; i++)
		fds[i] = -1;
	if (recvmsg(keeper, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != (ssize_t)sizeof *reply)
		return -1;
	reply->ifname[IFNAMSIZ - 1] = reply->why.text[sizeof reply->why.text - 1] = '\0';
	read_descriptors(&message, fds);
	return 0;
}

/* The answer to the latest request. */
static int wait_for_reply(int keeper, struct keeper_reply *reply, int fds[KEEPER_DESCRIPTORS])
{
	struct pollfd fd = {keeper, POLLIN, 0};

	/* All signals are blocked: nothing interrupts it. */
	if (poll(&fd, 1, REPLY_MS) != 1 || receive_reply(keeper, reply, fds) < 0 ||
	    reply->number != latest)
		return -1;
	is_answered = true;
	return 0;
}

static void close_all(const int fds[KEEPER_DESCRIPTORS])
{
	for (unsigned i = 0; i < KEEPER_DESCRIPTORS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int exchange(int keeper, struct keeper_request *request, struct keeper_reply *reply,
                    int fds[KEEPER_DESCRIPTORS])
{
	/* An answer that came too late was nobody's. */
	if (!is_answered) {
		if (wait_for_reply(keeper, reply, fds) < 0)
			return -1;
		close_all(fds);
	}
	request->number = ++latest;
	if (send(keeper, request, sizeof *request, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -1;
	is_answered = false;
	return wait_for_reply(keeper, reply, fds);
}

static int ask(int keeper, struct keeper_request *request, struct keeper_reply *reply,
               int fds[KEEPER_DESCRIPTORS], struct why *why)
{
	pthread_mutex_lock(&lock);
	int outcome = exchange(keeper, request, reply, fds);
	pthread_mutex_unlock(&lock);
	if (outcome < 0)
		return why_set(why, "the privileged process does not answer");
	return reply->outcome < 0 ? why_set(why, "%s", reply->why.text) : 0;
}

int request_device(int keeper, struct why *why)
{
	struct keeper_request request;
	struct keeper_reply reply;
	int fds[KEEPER_DESCRIPTORS];

	memset(&request, 0, sizeof request);
	request.operation = KEEPER_OPEN;
	return ask(keeper, &request, &reply, fds, why);
}

int request_file(int keeper, unsigned file, struct why *why)
{
	struct keeper_request request;
	struct keeper_reply reply;
	int fds[KEEPER_DESCRIPTORS];

	memset(&request, 0, sizeof request);
	request.operation = KEEPER_FILE;
	request.file = file;
	if (ask(keeper, &request, &reply, fds, why) < 0)
		return -1;
	return fds[0] < 0 ? why_set(why, "the privileged process gives no descriptor") : fds[0];
}

int request_interface(int keeper, const struct configuration *wanted,
                      struct tun_interface *interface, struct why *why)
{
	struct keeper_request request;
	struct keeper_reply reply;
	int fds[KEEPER_DESCRIPTORS];

	memset(&request, 0, sizeof request);
	request.operation = KEEPER_CONFIGURE;
	request.wanted = *wanted;
	if (ask(keeper, &request, &reply, fds, why) < 0)
		return -1;
	memcpy(interface->name, reply.ifname, IFNAMSIZ);
	interface->offload = reply.offload;
	interface->in_force = reply.in_force;
	interface->device = fds[0];
	interface->watch = fds[1];
	interface->counters = fds[2];
	return 0;
}
