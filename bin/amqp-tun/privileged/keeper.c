#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "interface.h"
#include "base/log.h"
#include "base/clock.h"
#include "privileges.h"

enum { DESCRIPTORS = 2, REPLY_MS = 5000, PATIENCE_MS = 3000 };

struct keeper_reply {
	int32_t outcome; /* 0: done */
	uint32_t offload;
	char ifname[IFNAMSIZ];
	char why[WHY_SIZE];
};

struct keeper {
	int socket;
};

const char *keeper_refusal(const struct settings *s, enum keeper_state state,
                           const struct keeper_request *request, size_t size)
{
	if (size != sizeof *request)
		return "a request of the wrong size";
	switch (request->operation) {
	case KEEPER_OPEN:
		return state == KEEPER_NEW ? NULL : "the device is open already";
	case KEEPER_CONFIGURE:
		if (state != KEEPER_OPENED)
			return state == KEEPER_NEW ? "the device is not open yet"
			                           : "the interface is there already";
		return settings_refusal(s, &request->wanted);
	default:
		return "an unknown request";
	}
}

/* --- messages with descriptors --- */

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
};

static void send_reply(int socket, const struct keeper_reply *reply, const int *fds, unsigned count)
{
	union control control = {0};
	struct iovec part = {(void *)reply, sizeof *reply};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (count) {
		message.msg_control = control.space;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		log_debug("keeper: %s", strerror(errno));
}

static unsigned take_descriptors(struct msghdr *message, int fds[DESCRIPTORS])
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	size_t count;

	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return 0;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count > DESCRIPTORS)
		count = DESCRIPTORS;
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	return (unsigned)count;
}

static int receive_reply(int socket, struct keeper_reply *reply, int fds[DESCRIPTORS])
{
	union control control;
	struct iovec part = {reply, sizeof *reply};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof control.space,
	};
	struct pollfd fd = {socket, POLLIN, 0};

	fds[0] = fds[1] = -1;
	/* All signals are blocked: nothing interrupts it. */
	if (poll(&fd, 1, REPLY_MS) != 1)
		return -1;
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != (ssize_t)sizeof *reply)
		return -1;
	reply->ifname[IFNAMSIZ - 1] = reply->why[WHY_SIZE - 1] = '\0';
	take_descriptors(&message, fds);
	return 0;
}

/* --- the child's side --- */

static int ask(struct keeper *k, const struct keeper_request *request, struct keeper_reply *reply,
               int fds[DESCRIPTORS], char why[WHY_SIZE])
{
	if (send(k->socket, request, sizeof *request, MSG_NOSIGNAL) < 0 ||
	    receive_reply(k->socket, reply, fds) < 0) {
		snprintf(why, WHY_SIZE, "the privileged process does not answer");
		return -1;
	}
	memcpy(why, reply->why, WHY_SIZE);
	return reply->outcome;
}

int keeper_open(struct keeper *k, char why[WHY_SIZE])
{
	struct keeper_request request;
	struct keeper_reply reply;
	int fds[DESCRIPTORS];

	memset(&request, 0, sizeof request);
	request.operation = KEEPER_OPEN;
	return ask(k, &request, &reply, fds, why);
}

int keeper_configure(struct keeper *k, const struct configuration *wanted, struct made *made,
                     char why[WHY_SIZE])
{
	struct keeper_request request;
	struct keeper_reply reply;
	int fds[DESCRIPTORS];

	memset(&request, 0, sizeof request);
	request.operation = KEEPER_CONFIGURE;
	request.wanted = *wanted;
	if (ask(k, &request, &reply, fds, why) < 0)
		return -1;
	memcpy(made->ifname, reply.ifname, IFNAMSIZ);
	made->offload = reply.offload;
	made->device = fds[0];
	made->counters = fds[1];
	return 0;
}

/* --- the parent's side --- */

struct served {
	const struct settings *settings;
	enum keeper_state state;
	int socket, signals, device;
	pid_t child;
	int64_t kill_at; /* monotonic ns; 0: not asked to stop */
};

static int open_device(struct served *k, char why[WHY_SIZE])
{
	if (k->settings->netns && device_enter_namespace(k->settings->netns, why) < 0)
		return -1;
	privileges_keep(false, k->settings->user.name);
	k->device = device_open(why);
	if (k->device < 0)
		return -1;
	if (!privileges_net_admin() && !k->settings->ifname) {
		snprintf(why, WHY_SIZE,
		         "/dev/net/tun: %s (run as root, or give it CAP_NET_ADMIN; or name with "
		         "--ifname an interface "
		         "that you own)",
		         strerror(EPERM));
		return -1;
	}
	k->state = KEEPER_OPENED;
	return 0;
}

static void answer_configure(struct served *k, const struct keeper_request *request,
                             struct keeper_reply *reply)
{
	struct interface made;
	int fds[DESCRIPTORS];

	reply->outcome =
		interface_make(&made, k->device, k->settings, &request->wanted, reply->why);
	if (reply->outcome < 0) {
		/* A descriptor that was attached stays attached: the next attempt needs a new one.
		 */
		close(k->device);
		k->device = device_open(reply->why);
		send_reply(k->socket, reply, NULL, 0);
		return;
	}
	k->state = KEEPER_CONFIGURED;
	memcpy(reply->ifname, made.device.name, IFNAMSIZ);
	reply->offload = made.device.offload;
	if (made.device.offload)
		log_info("%s: super-packets of TCP%s", made.device.name,
		         made.device.udp ? " and UDP" : "");
	fds[0] = k->device;
	fds[1] = device_counters_open();
	send_reply(k->socket, reply, fds, fds[1] < 0 ? 1 : 2);
	if (fds[1] >= 0)
		close(fds[1]);
	/* It stays when the child goes, and is left as it was. */
	if (made.device.persistent && made.device.offload)
		return;
	/* The child alone holds the interface: it goes when the child does. */
	close(k->device);
	k->device = -1;
}

static void answer(struct served *k)
{
	struct keeper_request request;
	struct keeper_reply reply;
	ssize_t size = recv(k->socket, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
	const char *refusal;

	if (size <= 0)
		return;
	memset(&reply, 0, sizeof reply);
	refusal = keeper_refusal(k->settings, k->state, &request, (size_t)size);
	if (refusal) {
		reply.outcome = -1;
		snprintf(reply.why, sizeof reply.why, "%s", refusal);
		send_reply(k->socket, &reply, NULL, 0);
	} else if (request.operation == KEEPER_CONFIGURE) {
		answer_configure(k, &request, &reply);
	} else {
		reply.outcome = open_device(k, reply.why);
		send_reply(k->socket, &reply, NULL, 0);
	}
}

static void pass_on_signals(struct served *k)
{
	struct signalfd_siginfo info;

	while (read(k->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		kill(k->child, info.ssi_signo == SIGUSR1 ? SIGUSR1 : SIGTERM);
		if (info.ssi_signo != SIGUSR1 && !k->kill_at)
			k->kill_at = monotonic_ns() + (int64_t)PATIENCE_MS * 1000000;
	}
}

/* A child that is stuck where no signal reaches it must not keep the interface. */
static int patience_ms(const struct served *k)
{
	int64_t left = k->kill_at ? (k->kill_at - monotonic_ns()) / 1000000 : -1;

	if (k->kill_at && left <= 0)
		kill(k->child, SIGKILL);
	return k->kill_at && left < 50 ? 50 : (int)left;
}

static int child_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("the process that speaks to the broker was ended by signal %d", WTERMSIG(status));
	return EXIT_RUNNING;
}

static _Noreturn void serve(struct served *k)
{
	int status;

	while (waitpid(k->child, &status, WNOHANG) == 0) {
		struct pollfd fds[] = {{k->signals, POLLIN, 0}, {k->socket, POLLIN, 0}};

		poll(fds, k->socket < 0 ? 1 : 2, patience_ms(k));
		pass_on_signals(k);
		if (k->socket >= 0 && fds[1].revents & POLLIN)
			answer(k);
		if (k->socket >= 0 && fds[1].revents & (POLLHUP | POLLERR)) {
			close(k->socket);
			k->socket = -1;
		}
	}
	if (k->state == KEEPER_CONFIGURED && k->device >= 0)
		device_end_offload(k->device);
	interface_unmake();
	exit(child_status(status));
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void die_with(pid_t parent)
{
	/* After the privileges were given up, which would undo it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(EXIT_RUNNING);
}

struct keeper *keeper_start(const struct settings *s)
{
	static struct keeper keeper;
	int ends[2], signals = block_signals();
	pid_t parent = getpid(), child;

	if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		die(EXIT_RUNNING, "signals and sockets: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die(EXIT_RUNNING, "a second process: %s", strerror(errno));
	if (child == 0) {
		close(ends[0]);
		close(signals);
		privileges_give_up(&s->user);
		die_with(parent);
		filter_system_calls();
		keeper.socket = ends[1];
		return &keeper;
	}
	close(ends[1]);
	if (common_options.ready_fd >= 0)
		close(common_options.ready_fd);
	privileges_keep(s->netns, s->user.name);
	serve(&(struct served){.settings = s,
	                       .socket = ends[0],
	                       .signals = signals,
	                       .device = -1,
	                       .child = child});
}
