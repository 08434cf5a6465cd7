/* Both processes run this file: after the fork the child gives up its privileges and leaves it for
 * good (become_child); all else is the parent's. */
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/options.h"
#include "filter.h"
#include "interface.h"
#include "privileges.h"
#include "tun.h"

enum { STOP_MS = 3000, KILL_AGAIN_MS = 50 };

struct keeper {
	const struct interface_options *options;
	bool other_user; /* the child's */
	enum keeper_state state;
	int socket, signals, device;
	pid_t child;
	int64_t kill_at; /* monotonic ns; 0: not asked to stop */
};

int keeper_check(const struct interface_options *o, enum keeper_state state,
                 const struct keeper_request *request, size_t size, struct why *why)
{
	if (size != sizeof *request)
		return why_set(why, "a request of the wrong size");
	switch (request->operation) {
	case KEEPER_OPEN:
		return state == KEEPER_NEW ? 0 : why_set(why, "the device is open already");
	case KEEPER_CONFIGURE:
		if (state != KEEPER_OPENED)
			return why_set(why, state == KEEPER_NEW ? "the device is not open yet"
			                                        : "the interface is there already");
		return protocol_check(o, &request->wanted, why);
	default:
		return why_set(why, "an unknown request");
	}
}

/* --- requests --- */

static void send_reply(int socket, const struct keeper_reply *reply, const int *fds, unsigned count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(KEEPER_DESCRIPTORS * sizeof(int))];
	} control = {0};
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

static int open_device(struct keeper *k, struct why *why)
{
	if (k->options->netns && tun_enter_namespace(k->options->netns, why) < 0)
		return -1;
	if (privileges_keep(false, k->other_user, why) < 0)
		return -1;
	k->device = tun_open(why);
	if (k->device < 0)
		return -1;
	if (!privileges_net_admin() && !k->options->name)
		return why_set(why,
		               TUN_PATH ": %s (run as root, or give it CAP_NET_ADMIN; or name with "
		                        "--ifname an interface that you own)",
		               strerror(EPERM));
	k->state = KEEPER_OPENED;
	return 0;
}

static void answer_configure(struct keeper *k, const struct keeper_request *request,
                             struct keeper_reply *reply)
{
	struct interface interface;
	int fds[KEEPER_DESCRIPTORS];

	reply->outcome =
		interface_make(&interface, k->device, k->options, &request->wanted, &reply->why);
	if (reply->outcome < 0) {
		/* The next attempt needs a new one: this one may stay attached. */
		close(k->device);
		k->device = tun_open(&reply->why);
		send_reply(k->socket, reply, NULL, 0);
		return;
	}
	k->state = KEEPER_CONFIGURED;
	memcpy(reply->ifname, interface.tun.name, IFNAMSIZ);
	reply->offload = interface.tun.offload;
	if (interface.tun.offload)
		log_info("%s: super-packets of TCP%s", interface.tun.name,
		         interface.tun.udp ? " and UDP" : "");
	fds[0] = k->device;
	fds[1] = tun_open_news();
	fds[2] = fds[1] < 0 ? -1 : tun_open_counters();
	send_reply(k->socket, reply, fds, 1 + (fds[1] >= 0) + (fds[2] >= 0));
	for (unsigned i = 1; i < KEEPER_DESCRIPTORS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	/* The interface stays when the child goes: its offload is still to be ended. */
	if (interface.tun.persistent && interface.tun.offload)
		return;
	/* The child alone holds the interface: it goes when the child does. */
	close(k->device);
	k->device = -1;
}

static void answer(struct keeper *k)
{
	struct keeper_request request;
	struct keeper_reply reply;
	ssize_t size = recv(k->socket, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);

	if (size <= 0)
		return;
	memset(&reply, 0, sizeof reply);
	reply.outcome = keeper_check(k->options, k->state, &request, (size_t)size, &reply.why);
	if (reply.outcome == 0 && request.operation == KEEPER_CONFIGURE) {
		answer_configure(k, &request, &reply);
		return;
	}
	if (reply.outcome == 0)
		reply.outcome = open_device(k, &reply.why);
	send_reply(k->socket, &reply, NULL, 0);
}

/* --- the parent --- */

static void pass_on_signals(struct keeper *k)
{
	struct signalfd_siginfo info;

	while (read(k->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		kill(k->child, info.ssi_signo == SIGUSR1 ? SIGUSR1 : SIGTERM);
		if (info.ssi_signo != SIGUSR1 && !k->kill_at)
			k->kill_at = monotonic_ns() + (int64_t)STOP_MS * 1000000;
	}
}

/* A child that is stuck where no signal reaches it must not keep the interface. Returns for how
 * long to wait: milliseconds, -1 for ever. */
static int kill_when_due(const struct keeper *k)
{
	int64_t left = k->kill_at ? (k->kill_at - monotonic_ns()) / 1000000 : -1;

	if (k->kill_at && left <= 0)
		kill(k->child, SIGKILL);
	return k->kill_at && left < KILL_AGAIN_MS ? KILL_AGAIN_MS : (int)left;
}

static int exit_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("the process that speaks to the broker was ended by signal %d", WTERMSIG(status));
	return EXIT_RUNNING;
}

static int serve(struct keeper *k)
{
	int status;

	while (waitpid(k->child, &status, WNOHANG) == 0) {
		struct pollfd fds[] = {{k->signals, POLLIN, 0}, {k->socket, POLLIN, 0}};

		poll(fds, k->socket < 0 ? 1 : 2, kill_when_due(k));
		pass_on_signals(k);
		if (k->socket >= 0 && fds[1].revents & POLLIN)
			answer(k);
		if (k->socket >= 0 && fds[1].revents & (POLLHUP | POLLERR)) {
			close(k->socket);
			k->socket = -1;
		}
	}
	if (k->state == KEEPER_CONFIGURED && k->device >= 0)
		tun_end_offload(k->device);
	interface_unmake();
	return exit_status(status);
}

/* --- the fork --- */

static int block_signals(void)
{
	struct sigaction hangup; /* ignored since the start, as by nohup(1): stays so */
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int end_with(pid_t parent, struct why *why)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return getppid() == parent ? 0 : why_set(why, "the privileged process has ended");
}

static int become_child(const struct identity *child, pid_t parent, struct why *why)
{
	/* In this order: another identity would undo end_with, and the filter forbids both. */
	if (privileges_give_up(child, why) < 0 || end_with(parent, why) < 0)
		return -1;
	return filter_system_calls(why);
}

static int become_parent(struct keeper *k, int *status, struct why *why)
{
	if (common_options.ready_fd >= 0)
		close(common_options.ready_fd);
	if (privileges_keep(k->options->netns, k->other_user, why) < 0)
		return -1;
	*status = serve(k);
	return KEEPER_ENDED;
}

int keeper_start(const struct interface_options *o, const struct identity *child, int *status,
                 struct why *why)
{
	struct keeper k = {
		.options = o, .other_user = child->name, .signals = block_signals(), .device = -1};
	pid_t parent = getpid();
	int ends[2];

	if (k.signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return why_errno(why, "signals and sockets");
	k.child = fork();
	if (k.child < 0)
		return why_errno(why, "a second process");
	if (k.child == 0) {
		close(ends[0]);
		close(k.signals);
		return become_child(child, parent, why) < 0 ? -1 : ends[1];
	}
	close(ends[1]);
	k.socket = ends[0];
	return become_parent(&k, status, why);
}
