#include "base/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/clock.h"
#include "base/options.h"
#include "base/stats.h"

enum {
	WORKERS_MAX = 8,
	WATCH_MS = 500,
	STOPPING_MS = 50,
	INTERRUPT_AFTER_MS = 600,
	LEAVE_AFTER_MS = 900
};
/* rabbitmq-c decodes nested tables by recursion: the default stack of some systems is too small for
 * what a peer may send. */
enum { STACK_SIZE = 8 << 20 };

struct running {
	const struct worker *worker;
	pthread_t thread;
	int status;
	_Atomic bool ended;
	bool joined;
};

static int signal_fd = -1, stop_fd = -1, ended_fd = -1;
static _Atomic bool stopping;
static _Atomic int stop_status;

void loop_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signal_fd < 0)
		die(EXIT_RUNNING, "signalfd: %s", strerror(errno));
	stop_fd = event_open();
	ended_fd = event_open();
}

int loop_signal_fd(void)
{
	return signal_fd;
}

enum loop_signal loop_take_signal(void)
{
	struct signalfd_siginfo info;
	enum loop_signal taken = LOOP_SIGNAL_NONE;

	while (read(signal_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGUSR1)
			stats_report((enum stats_form)common_options.stats);
		else
			taken = LOOP_SIGNAL_STOP;
	}
	return taken;
}

int loop_stop_fd(void)
{
	return stop_fd;
}

bool loop_stopping(void)
{
	return atomic_load(&stopping);
}

void loop_stop(int status)
{
	int none = 0;

	if (status)
		atomic_compare_exchange_strong(&stop_status, &none, status);
	if (!atomic_exchange(&stopping, true))
		event_raise(stop_fd);
}

static void *run_worker(void *context)
{
	struct running *r = context;

	/* By itself: from another thread it takes a file of /proc, which a filter of system calls
	 * forbids. */
	pthread_setname_np(pthread_self(), r->worker->name);
	r->status = r->worker->run(r->worker->context);
	loop_stop(r->status);
	atomic_store(&r->ended, true);
	event_raise(ended_fd);
	return NULL;
}

static void start_workers(struct running *running, struct worker *workers, unsigned n)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (unsigned i = 0; i < n; i++) {
		running[i] = (struct running){.worker = &workers[i]};
		int error =
			pthread_create(&running[i].thread, &attributes, run_worker, &running[i]);
		if (error)
			die(EXIT_RUNNING, "thread %s: %s", workers[i].name, strerror(error));
	}
	pthread_attr_destroy(&attributes);
}

static unsigned join_ended(struct running *running, unsigned n)
{
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!running[i].joined && atomic_load(&running[i].ended)) {
			pthread_join(running[i].thread, NULL);
			running[i].joined = true;
		}
		left += !running[i].joined;
	}
	return left;
}

static void watch(const struct running *running, unsigned n, bool interrupt)
{
	for (unsigned i = 0; i < n; i++) {
		const struct worker *w = running[i].worker;

		if (running[i].joined)
			continue;
		if (w->watch)
			w->watch(w->context);
		if (interrupt && w->interrupt)
			w->interrupt(w->context);
	}
}

static void wait_for_events(void)
{
	struct pollfd fds[] = {{signal_fd, POLLIN, 0}, {ended_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};

	poll(fds, loop_stopping() ? 2 : 3, loop_stopping() ? STOPPING_MS : WATCH_MS);
	event_drain(ended_fd);
	if (loop_take_signal() == LOOP_SIGNAL_STOP)
		loop_stop(EXIT_OK);
}

int loop_run(struct worker *workers, unsigned n)
{
	/* Static: a worker that is left behind may still write to it. */
	static struct running running[WORKERS_MAX];
	int64_t stopped_at = 0;

	if (n > WORKERS_MAX)
		die(EXIT_RUNNING, "more than %d threads", WORKERS_MAX);
	start_workers(running, workers, n);
	while (join_ended(running, n)) {
		wait_for_events();
		int64_t now = monotonic_ns();
		if (loop_stopping() && !stopped_at)
			stopped_at = now;
		int64_t since_stop_ms = stopped_at ? (now - stopped_at) / 1000000 : 0;
		watch(running, n, since_stop_ms >= INTERRUPT_AFTER_MS);
		if (since_stop_ms >= LEAVE_AFTER_MS) {
			log_info("a thread is stuck in a call that cannot be ended: left behind");
			break;
		}
	}
	return atomic_load(&stop_status);
}
