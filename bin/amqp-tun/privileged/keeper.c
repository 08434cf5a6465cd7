/* Both processes run this file: after the fork the child gives up its privileges and leaves it for
 * good (become_child); all else is the parent's. */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "descriptors.h"
#include "filter.h"
#include "identity.h"
#include "interface.h"
#include "landlock.h"
#include "names.h"
#include "privileges.h"
#include "tun.h"

enum { STOP_MS = 3000, KILL_AGAIN_MS = 50 };

struct keeper {
	struct answers answers;
	int reports; /* readable: SIGUSR1 is pending */
	int states;  /* a pipe: what the child wants systemd to know; -1: nothing */
	pid_t child;
	int64_t kill_at; /* monotonic ns; 0: not asked to stop */
};

/* --- the parent --- */

static void kill_later(struct keeper *k)
{
	if (!k->kill_at)
		k->kill_at = monotonic_ns() + (int64_t)STOP_MS * 1000000;
}

static void pass_on_signals(struct keeper *k)
{
	struct signalfd_siginfo info;

	while (read(k->reports, &info, sizeof info) == sizeof info)
		kill(k->child, SIGUSR1);
	while (read(k->answers.stop, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		kill(k->child, SIGTERM);
		kill_later(k);
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

static void end_child(struct keeper *k, const struct why *why)
{
	log_error("the process that speaks to the broker is ended: it broke the protocol: %s",
	          why->text);
	kill(k->child, SIGKILL);
	close(k->answers.socket);
	k->answers.socket = -1;
	kill_later(k);
}

static int shorter(int one_ms, int other_ms)
{
	return one_ms >= 0 && one_ms < other_ms ? one_ms : other_ms;
}

/* The child's end closes with the child. */
static void relay(struct keeper *k, short found)
{
	if (found)
		notify_relay(k->states);
	if (!(found & (POLLHUP | POLLERR | POLLNVAL)))
		return;
	close(k->states);
	k->states = -1;
}

static void wait_and_answer(struct keeper *k)
{
	struct answers *a = &k->answers;
	struct pollfd fds[] = {{a->stop, POLLIN, 0},
	                       {k->reports, POLLIN, 0},
	                       {a->socket, POLLIN, 0},
	                       {k->states, POLLIN, 0}};
	int wait_ms = kill_when_due(k), pause_ms = answers_pause(a);
	struct why why;

	if (pause_ms && a->socket >= 0) {
		fds[2].events = 0;
		wait_ms = shorter(wait_ms, pause_ms);
	}
	poll(fds, 4, wait_ms);
	pass_on_signals(k);
	relay(k, fds[3].revents);
	if (a->socket >= 0 && fds[2].revents && answers_serve(a, &why) < 0)
		end_child(k, &why);
	/* A child that is ending closes it as well. */
	if (a->socket < 0)
		kill_later(k);
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

	while (waitpid(k->child, &status, WNOHANG) == 0)
		wait_and_answer(k);
	if (k->answers.state == KEEPER_CONFIGURED && k->answers.device >= 0)
		tun_end_offload(k->answers.device);
	interface_unmake();
	return exit_status(status);
}

static int become_parent(struct keeper *k, int *status, struct why *why)
{
	struct answers *a = &k->answers;

	/* Whoever reads it learns that the child has ended. */
	if (a->options->ready_fd > STDERR_FILENO)
		close(a->options->ready_fd);
	if (a->options->forget)
		a->options->forget(a->options->secrets);
	descriptors_never_wait();
	a->reads_files = privileges_needed_to_read();
	if (privileges_keep(&(struct privileges){.namespaces = a->options->netns,
	                                         .signals = a->other_user,
	                                         .files = a->reads_files},
	                    why) < 0 ||
	    privileges_leave_no_trace(why) < 0 || filter_keeper(k->child, why) < 0)
		return -1;
	*status = serve(k);
	return KEEPER_ENDED;
}

/* --- the fork --- */

static int block_signals(struct keeper *k)
{
	struct sigaction hangup; /* ignored since the start, as by nohup(1): stays so */
	sigset_t stop, reports, all;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(&stop, SIGHUP);
	sigaddset(&stop, SIGCHLD);
	sigemptyset(&reports);
	sigaddset(&reports, SIGUSR1);
	sigorset(&all, &stop, &reports);
	sigprocmask(SIG_BLOCK, &all, NULL);
	k->answers.stop = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
	k->reports = signalfd(-1, &reports, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->answers.stop < 0 || k->reports < 0 ? -1 : 0;
}

static int end_with(pid_t parent, struct why *why)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return getppid() == parent ? 0 : why_set(why, "the privileged process has ended");
}

static int become_child(const struct identity *child, pid_t parent, struct why *why)
{
	if (privileges_give_up(child, why) < 0 || privileges_leave_no_trace(why) < 0)
		return -1;
	/* Their code is not run by any other. */
	names_load_modules();
	/* In this order: another identity would undo end_with, and the filter forbids both. */
	if (landlock_restrict(why) < 0 || end_with(parent, why) < 0)
		return -1;
	return filter_system_calls(why);
}

/* What the parent alone needs of what is open: its signals, and the lock of the child's uid. */
static void close_parents(const struct keeper *k, int lock)
{
	close(k->answers.stop);
	close(k->reports);
	if (lock >= 0)
		close(lock);
}

/* The parent alone speaks to systemd. */
static void leave_systemd(const int states[2])
{
	if (states[0] < 0)
		return;
	close(states[0]);
	notify_through(states[1]);
}

static int start(struct keeper *k, const struct identity *child, int lock, int *status,
                 struct why *why)
{
	pid_t parent = getpid();
	int ends[2], states[2] = {-1, -1};

	if (notify_fd() >= 0 && pipe2(states, O_CLOEXEC | O_NONBLOCK) < 0)
		return why_errno(why, "a pipe");
	if (block_signals(k) < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return why_errno(why, "signals and sockets");
	k->child = fork();
	if (k->child < 0)
		return why_errno(why, "a second process");
	if (k->child == 0) {
		close(ends[0]);
		close_parents(k, lock);
		leave_systemd(states);
		return become_child(child, parent, why) < 0 ? -1 : ends[1];
	}
	close(ends[1]);
	k->answers.socket = ends[0];
	k->states = states[0];
	if (states[1] >= 0)
		close(states[1]);
	return become_parent(k, status, why);
}

int keeper_start(const struct interface_options *o, const struct identity *child, int *status,
                 struct why *why)
{
	struct keeper k = {.answers = {.options = o, .device = -1}, .states = -1};
	struct identity identity = *child;
	int lock = -1;

	identity_choose(&identity, &lock);
	descriptors_close_others(lock);
	if (privileges_check(&identity, why) < 0)
		return -1;
	k.answers.other_user = identity.name;
	return start(&k, &identity, lock, status, why);
}
