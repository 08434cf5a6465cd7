/* event.h - how one thread wakes another that waits in poll: a descriptor (eventfd). Never blocks,
 * never counts. */
#ifndef EVENT_H
#define EVENT_H

/* Ends the tool where there is none to be had: while setting up. */
int event_open(void);
/* Readable from now on, until event_drain. */
void event_raise(int fd);
void event_drain(int fd); /* of a timerfd too */

#endif
