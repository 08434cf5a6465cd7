/* notify.h - what systemd is told of a service of Type=notify: that it is ready, what it does, that
 * it ends, that it is alive. One datagram each to $NOTIFY_SOCKET; without that, nothing. Never
 * waits, never allocates. Safe from any thread. */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

enum notify_state {
	NOTIFY_STARTS = 'a',
	NOTIFY_READY,
	NOTIFY_UP,
	NOTIFY_DOWN,
	NOTIFY_STOPS,
	NOTIFY_ALIVE
};

/* Opens the socket, and takes the variables out of the environment, so that they are nobody else's.
 * Before the first thread, and before privileges are given up. */
void notify_open(void);
int notify_fd(void); /* -1: nobody wants to know */
void notify(enum notify_state state);
/* How often NOTIFY_ALIVE is to be said, in milliseconds, half of what systemd waits for it; 0:
 * never. */
int64_t notify_alive_ms(void);

/* Of two processes one speaks to systemd. The other closes the socket and has its states written to
 * a pipe, an octet each; the first reads them there, as long as there are some. */
void notify_through(int pipe);
void notify_relay(int pipe);

#endif
