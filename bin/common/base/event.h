/* event.h - how one thread wakes another that waits in poll: a descriptor. Never blocks, never
 * counts. Each system has its own (os_linux.c). */
#ifndef EVENT_H
#define EVENT_H

/* The descriptor, which the caller closes; -1 and errno: there is none to be had. */
int event_open(void);
/* Readable from now on, until event_drain. From any thread. */
void event_raise(int fd);
void event_drain(int fd);

#endif
