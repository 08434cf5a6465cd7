/* watchdog.h - ends calls of the library that last too long, from another thread: by shutdown(2) on
 * their socket, since nothing else does (a publish into a full window has no time-out). */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct watchdog { /* private */
	pthread_mutex_t lock;
	int socket;                 /* -1: none; behind the lock */
	_Atomic int64_t busy_since; /* monotonic ns, 0: in no call that may block */
	_Atomic bool ending;
	/* the looking thread's */
	int underway;     /* octets that the peer's TCP had not taken when it last looked */
	int64_t moved_at; /* when that changed or a call began, at the latest */
};

void watchdog_init(struct watchdog *w);

/* The thread that makes the calls: around each that may block. */
void watchdog_begin(struct watchdog *w);
void watchdog_end(struct watchdog *w);
/* ... and before a socket is closed: -1. */
void watchdog_set_socket(struct watchdog *w, int socket);

/* Another thread, twice a second: ends a call whose peer has taken nothing for so long. */
void watchdog_look(struct watchdog *w, int64_t limit_ns);
/* Another thread: ends whatever call is under way. */
void watchdog_interrupt(struct watchdog *w);
bool watchdog_interrupted(struct watchdog *w); /* ever */

#endif
