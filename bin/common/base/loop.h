/* loop.h - the main thread's part of every tool: signals, worker threads, the watchdog, the end.
 * Never sleeps: everything waits in poll. SIGINT, SIGTERM and SIGHUP end a tool within a second, in
 * every state. Started with SIGHUP ignored, as by nohup(1), a tool does not end at it; one that was
 * started with SIGINT ignored, as by a script's `&`, ends at it all the same: who sends it means
 * it.
 *
 * Order in main: loop_open (blocks the signals) - give up privileges - start workers - loop_run -
 * clean up. */
#ifndef LOOP_H
#define LOOP_H

#include <poll.h>
#include <stdbool.h>

#include "base/words.h"

/* Blocks SIGINT, SIGTERM, SIGUSR1, and SIGHUP unless it is ignored, and ignores SIGPIPE; what
 * follows reads them from the descriptor that loop_signal_fd gives. 0, or -1 with why
 * (which may be NULL). */
int loop_open(struct why *why);
int loop_signal_fd(void);

enum loop_signal { LOOP_SIGNAL_NONE, LOOP_SIGNAL_STOP };
/* Reads what is pending; reports the statistics for SIGUSR1, calls loop_on_hangup's for SIGHUP. */
enum loop_signal loop_read_signals(void);

/* SIGHUP no longer ends the tool: this is called for it, in the main thread. After loop_open. A
 * tool that was started with SIGHUP ignored never hears of it. */
void loop_on_hangup(void (*handler)(void *context), void *context);

/* A worker thread runs until its input ends, it fails, or loop_stop_fd() becomes readable (and
 * stays so). */
struct worker {
	const char *name;          /* 15 characters at the most: the thread's name */
	int (*run)(void *context); /* returns an exit status */
	void *context;
	void (*watch)(
		void *context); /* main thread, twice a second: end stuck calls; may be NULL */
	void (*interrupt)(void *context); /* main thread, 600 ms after a stop and every 50 ms until
	                                     run returns; may be NULL */
};

/* Readable (and never read) from the moment the tool is to end. Workers poll it. */
int loop_stop_fd(void);
bool loop_stopping(void);
void loop_stop(int status); /* from any thread: end the tool; the first status given stays */

/* poll(2), for a worker's main wait: one that has been out of it for as long as systemd's watchdog
 * waits is no longer alive, of which systemd is told by silence. */
int loop_wait(struct pollfd *fds, nfds_t n, int timeout_ms);

/* For a wait of the main thread before loop_run: does what loop_run does now and then (statistics,
 * what is waited for). Returns milliseconds until there is something again, most_ms at the most
 * (-1: as long as it takes), which it is in every other thread, and in loop_run. */
int loop_tick(int most_ms);

/* The tool ends by itself, with status 0, so many seconds from now. From any thread; the first call
 * counts. 0: it does not. */
void loop_stop_after(double seconds);

/* Starts workers[0..n), waits for a signal or for a worker to end, stops the others, joins them.
 * Returns the exit status: the first non-zero of the workers', else 0; EXIT_RUNNING, after a line
 * on stderr, where a thread cannot be started (the others are stopped). A worker that is still
 * stuck 900 ms after the stop is left behind, never waited for. */
int loop_run(struct worker *workers, unsigned n);
/* Behind loop_run: a thread is stuck, as in a write(2) to a disk that does not answer, and may go
 * on at any time: what is its own is not to be touched. */
bool loop_has_left_behind(void);

/* The line about what crossed and what was lost (summary.h), and behind it the statistics, if
 * --stats or --stats-every asked for them: what a main does last. */
void loop_report_at_exit(void);

#endif
