#include "requests.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { REPLY_MS = 5000 };

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
	struct pollfd fd = {keeper, POLLIN, 0};

	for (unsigned i = 0; i < KEEPER_DESCRIPTORS; i++)
		fds[i] = -1;
	/* All signals are blocked: nothing interrupts it. */
	if (poll(&fd, 1, REPLY_MS) != 1)
		return -1;
	if (recvmsg(keeper, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != (ssize_t)sizeof *reply)
		return -1;
	reply->ifname[IFNAMSIZ - 1] = reply->why.text[sizeof reply->why.text - 1] = '\0';
	read_descriptors(&message, fds);
	return 0;
}

static int ask(int keeper, const struct keeper_request *request, struct keeper_reply *reply,
               int fds[KEEPER_DESCRIPTORS], struct why *why)
{
	if (send(keeper, request, sizeof *request, MSG_NOSIGNAL) < 0 ||
	    receive_reply(keeper, reply, fds) < 0)
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
	interface->device = fds[0];
	interface->watch = fds[1];
	interface->counters = fds[2];
	return 0;
}
