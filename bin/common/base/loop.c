#include "base/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/event.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/clock.h"
#include "base/notify.h"
#include "base/options.h"
#include "base/os.h"
#include "base/progress.h"
#include "base/service.h"
#include "base/stats.h"
#include "base/summary.h"

enum {
	WORKERS_MAX = 32,
	WATCH_MS = 500,
	STOPPING_MS = 50,
	INTERRUPT_AFTER_MS = 600,
	LEAVE_AFTER_MS = 900
};
/* Whatever limit of stacks the tool was started with. */
enum { STACK_SIZE = 8 << 20 };

struct running {
	const struct worker *worker;
	pthread_t thread;
	int status;
	_Atomic bool ended;
	bool joined;
	_Atomic int64_t works_since; /* monotonic ns; 0: it waits, or has never waited */
};

static int signal_fd = -1, stop_fd = -1, ended_fd = -1;
static void (*on_hangup)(void *context);
static void *hangup_context;
static _Atomic bool stopping;
static _Atomic int stop_status;
static __thread struct running *self; /* NULL in the main thread */

int loop_open(struct why *why)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
	size_t all = sizeof signals / sizeof signals[0];

	stats_begin();
	service_starts();
	if (notify_open(why) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	signal_fd = os_signals_open(signals, os_signal_is_ignored(SIGHUP) ? all - 1 : all);
	if (signal_fd < 0)
		return why_errno(why, "signals");
	stop_fd = event_open();
	ended_fd = event_open();
	return stop_fd < 0 || ended_fd < 0 ? why_errno(why, "events") : 0;
}

int loop_signal_fd(void)
{
	return signal_fd;
}

void loop_on_hangup(void (*handler)(void *context), void *context)
{
	on_hangup = handler;
	hangup_context = context;
}

enum loop_signal loop_read_signals(void)
{
	enum loop_signal found = LOOP_SIGNAL_NONE;
	int number;

	while ((number = os_signals_read(signal_fd))) {
		if (number == SIGUSR1)
			stats_report((enum stats_form)common_options.stats);
		else if (number == SIGHUP && on_hangup)
			on_hangup(hangup_context);
		else
			found = LOOP_SIGNAL_STOP;
	}
	return found;
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
	if (!atomic_exchange(&stopping, true)) {
		service_stops();
		event_raise(stop_fd);
	}
}

int loop_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (self)
		atomic_store_explicit(&self->works_since, 0, memory_order_relaxed);
	int count = poll(fds, n, timeout_ms);
	if (self && notify_alive_every_ns())
		atomic_store_explicit(&self->works_since, monotonic_ns(), memory_order_relaxed);
	return count;
}

static void *run_worker(void *context)
{
	struct running *r = context;

	self = r;
	os_name_thread(r->worker->name);
	r->status = r->worker->run(r->worker->context);
	loop_stop(r->status);
	atomic_store(&r->ended, true);
	event_raise(ended_fd);
	return NULL;
}

/* Returns how many run: fewer than n after the first failure, which ends the tool. */
static unsigned start_workers(struct running *running, const struct worker *workers, unsigned n)
{
	pthread_attr_t attributes;
	unsigned i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (i = 0; i < n; i++) {
		running[i] = (struct running){.worker = &workers[i]};
		int error =
			pthread_create(&running[i].thread, &attributes, run_worker, &running[i]);
		if (error) {
			log_error("thread %s: %s", workers[i].name, strerror(error));
			loop_stop(EXIT_RUNNING);
			break;
		}
	}
	pthread_attr_destroy(&attributes);
	return i;
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

static bool all_work(const struct running *running, unsigned n, int64_t now)
{
	for (unsigned i = 0; i < n; i++) {
		int64_t since = atomic_load(&running[i].works_since);

		if (!atomic_load(&running[i].ended) && since &&
		    now - since > notify_alive_every_ns())
			return false;
	}
	return true;
}

static void say_alive(const struct running *running, unsigned n, int64_t now)
{
	static int64_t due;

	if (!notify_alive_every_ns() || now < due || !all_work(running, n, now))
		return;
	notify(NOTIFY_ALIVE, NULL);
	due = now + notify_alive_every_ns() - WATCH_MS * INT64_C(1000000);
}

/* --stats-every. Returns milliseconds until the next report, WATCH_MS at the most. */
static int report_if_due(void)
{
	static unsigned reports;
	double every = common_options.stats_every;

	if (every <= 0)
		return WATCH_MS;
	double now = stats_seconds(), due = every * (reports + 1);
	if (now >= due) {
		stats_report((enum stats_form)common_options.stats);
		reports++;
		if (now / every > reports)
			reports = (unsigned)(now / every);
		due = every * (reports + 1);
	}
	return due - now < WATCH_MS / 1e3 ? (int)((due - now) * 1e3) + 1 : WATCH_MS;
}

static void wait_for_events(void)
{
	struct pollfd fds[] = {{signal_fd, POLLIN, 0}, {ended_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};

	if (loop_stopping()) {
		poll(fds, 2, STOPPING_MS);
	} else {
		progress_look();
		poll(fds, 3, report_if_due());
	}
	event_drain(ended_fd);
	if (loop_read_signals() == LOOP_SIGNAL_STOP)
		loop_stop(EXIT_OK);
}

int loop_run(struct worker *workers, unsigned n)
{
	/* Static: a worker that is left behind may still write to it. */
	static struct running running[WORKERS_MAX];
	int64_t stopped_at = 0;

	if (n > WORKERS_MAX) {
		log_error("more than %d threads", WORKERS_MAX);
		return EXIT_RUNNING;
	}
	n = start_workers(running, workers, n);
	while (join_ended(running, n)) {
		wait_for_events();
		int64_t now = monotonic_ns();
		if (loop_stopping() && !stopped_at) {
			stopped_at = now;
			notify(NOTIFY_STOPS, NULL);
		}
		say_alive(running, n, now);
		int64_t since_stop_ms = stopped_at ? (now - stopped_at) / 1000000 : 0;
		watch(running, n, since_stop_ms >= INTERRUPT_AFTER_MS);
		limit_tick(now);
		if (since_stop_ms >= LEAVE_AFTER_MS) {
			log_info("a thread is stuck in a call that cannot be ended: left behind");
			break;
		}
	}
	return atomic_load(&stop_status);
}

void loop_report_at_exit(void)
{
	limit_end();
	summary_say();
	if (common_options.stats != STATS_NONE || common_options.stats_every > 0)
		stats_report_last((enum stats_form)common_options.stats);
	service_ended(atomic_load(&stop_status));
}
