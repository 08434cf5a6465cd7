/* notify.h - tells the service manager how the tool is, by the protocol of sd_notify(3): datagrams
 * to the socket that $NOTIFY_SOCKET names. Where there is none, all of this does nothing. A process
 * without sockets of that kind passes it on, in codes, to one that has it. Nothing here waits. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/words.h"

/* Reads the environment, and takes the words out of it, so that nobody who is started later speaks
 * for this tool. Before the first thread; once is enough. 0, or -1 with why: the tool was to
 * report and cannot. */
int notify_open(struct why *why);

/* How a tool is. From any thread; what was said last is not said again. */
enum notify_state {
	NOTIFY_READY = 'R', /* both ends work: once */
	NOTIFY_RUNS = 'U',  /* nothing is waited for any more */
	NOTIFY_WAITS = 'W', /* what for, was said on stderr */
	NOTIFY_STOPS = 'S', /* it is about to end */
	NOTIFY_ALIVE = 'A', /* for the watchdog: every thread does its work */
};
/* words: what is waited for; NULL for states that need none. */
void notify(enum notify_state state, const char *words);

/* How often NOTIFY_ALIVE is to be said, in nanoseconds: half of what the manager asks for; 0: it
 * asks for nothing. */
int64_t notify_alive_every_ns(void);

/* After notify_open, in a tool of two processes before they part: what the one says with notify
 * goes, as an octet without words, to the pipe `to`, which does not wait; ... */
void notify_through(int to);
/* ... and here the other reads it, without waiting, and passes on what is a state; the rest is
 * dropped. False: nobody writes to it any more. */
bool notify_pass_on(int from);

#endif
