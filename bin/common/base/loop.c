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
#include "base/log_room.h"
#include "base/clock.h"
#include "base/options.h"
#include "base/os.h"
#include "base/notify.h"
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
	/* For systemd's watchdog: in loop_wait, or out of it since then; 0: it never was, as a
	 * thread that reads a file. */
	_Atomic bool waits;
	_Atomic int64_t left_ns;
};

static _Thread_local struct running *own;

static int signal_fd = -1, stop_fd = -1, ended_fd = -1;
static void (*on_hangup)(void *context);
static void *hangup_context;
static _Atomic bool stopping, runs, left_behind, is_asked_to_stop;
static _Atomic int stop_status;
static _Atomic int64_t last_ns; /* monotonic: the end that was asked for; 0: none */

int loop_open(struct why *why)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
	size_t all = sizeof signals / sizeof signals[0];

	stats_begin();
	service_starts();
	signal(SIGPIPE, SIG_IGN);
	log_room_begin();
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
	if (found == LOOP_SIGNAL_STOP)
		atomic_store(&is_asked_to_stop, true);
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

void loop_stop_after(double seconds)
{
	int64_t none = 0;

	if (seconds > 0 &&
	    atomic_compare_exchange_strong(&last_ns, &none,
	                                   monotonic_ns() + (int64_t)(seconds * 1e9)) &&
	    ended_fd >= 0)
		event_raise(ended_fd);
}

/* Milliseconds until the end that was asked for, `most` at the most. */
static int end_if_due(int most)
{
	int64_t last = atomic_load(&last_ns), left = last ? last - monotonic_ns() : INT64_MAX;

	if (left <= 0)
		loop_stop(EXIT_OK);
	return left > most * INT64_C(1000000) ? most : left < 0 ? 0 : (int)(left / 1000000) + 1;
}

static void *run_worker(void *context)
{
	struct running *r = context;

	own = r;
	os_name_thread(r->worker->name);
	r->status = r->worker->run(r->worker->context);
	loop_stop(r->status);
	atomic_store(&r->ended, true);
	event_raise(ended_fd);
	return NULL;
}

int loop_wait(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (!own || !notify_alive_ms())
		return poll(fds, n, timeout_ms);
	atomic_store(&own->waits, true);
	int ready = poll(fds, n, timeout_ms);
	int error = errno;
	atomic_store(&own->left_ns, monotonic_ns());
	atomic_store(&own->waits, false);
	errno = error;
	return ready;
}

/* Twice as long as between two words to systemd is what it waits for one. */
static bool is_alive(const struct running *r, int64_t now)
{
	int64_t left = atomic_load(&r->left_ns);

	return !left || r->joined || atomic_load(&r->ended) || atomic_load(&r->waits) ||
	       now - left < 2 * notify_alive_ms() * 1000000;
}

/* Returns milliseconds until it is due again, WATCH_MS at the most. */
static int say_alive(const struct running *running, unsigned n)
{
	static int64_t due;
	int64_t now = monotonic_ns(), every = notify_alive_ms() * 1000000;
	bool all = true;

	if (!every)
		return WATCH_MS;
	for (unsigned i = 0; i < n; i++)
		all = all && is_alive(&running[i], now);
	if (all && now >= due) {
		notify(NOTIFY_ALIVE);
		due = now + every;
	}
	int64_t left = (due - now) / 1000000 + 1;
	return left > 0 && left < WATCH_MS ? (int)left : WATCH_MS;
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

static int shorter(int one, int other)
{
	return one < other ? one : other;
}

int loop_tick(int most_ms)
{
	if (own || atomic_load(&runs))
		return most_ms;
	progress_look();
	limit_tick(monotonic_ns());
	int ms = report_if_due();
	return most_ms >= 0 && most_ms < ms ? most_ms : ms;
}

static void wait_for_events(const struct running *running, unsigned n)
{
	struct pollfd fds[] = {{signal_fd, POLLIN, 0}, {ended_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};

	if (loop_stopping()) {
		poll(fds, 2, STOPPING_MS);
	} else {
		progress_look();
		poll(fds, 3, end_if_due(shorter(report_if_due(), say_alive(running, n))));
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
	atomic_store(&runs, true);
	n = start_workers(running, workers, n);
	while (join_ended(running, n)) {
		wait_for_events(running, n);
		int64_t now = monotonic_ns();
		if (loop_stopping() && !stopped_at)
			stopped_at = now;
		int64_t since_stop_ms = stopped_at ? (now - stopped_at) / 1000000 : 0;
		watch(running, n, since_stop_ms >= INTERRUPT_AFTER_MS);
		limit_tick(now);
		if (since_stop_ms >= LEAVE_AFTER_MS) {
			log_info("a thread is stuck in a call that cannot be ended: left behind");
			atomic_store(&left_behind, true);
			break;
		}
	}
	return atomic_load(&stop_status);
}

bool loop_has_left_behind(void)
{
	return atomic_load(&left_behind);
}

void loop_report_at_exit(void)
{
	if (!atomic_load(&is_asked_to_stop))
		log_room_wait(signal_fd);
	limit_end();
	summary_say();
	if (common_options.stats != STATS_NONE || common_options.stats_every > 0)
		stats_report_last((enum stats_form)common_options.stats);
	service_ended(atomic_load(&stop_status));
}
