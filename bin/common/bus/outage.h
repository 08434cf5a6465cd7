/* outage.h - how long a session waits before it tries again, and what it says when it gives up. */
#ifndef OUTAGE_H
#define OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds until the next try, after an outage of so many. wanted_ms: what the URL says, but 0.2
 * s at the least; negative: nothing. *back_off: of the last wait without its random part, 0 at
 * first. Doubles from 0.2 s to 1 s in the first minute, then to 30 s; a random part keeps many
 * agents from connecting all at one time. */
int64_t outage_wait_ns(int64_t *back_off, int64_t outage_ns, int64_t wanted_ms);

/* Why there is no connection, and when the next try comes; told: that has been said before, and is
 * said with -v only. */
void outage_report(const char *url, const char *direction, const char *why, int64_t wait_ns,
                   bool told);

/* What ends one direction of a tool mostly ends the other at the same moment: one line for both.
 * From any thread. */
void outage_report_end(const char *url, const char *why, const char *hint);

/* A broker that takes the connection and says nothing, or whose name is looked up for long: said
 * after two seconds, once, whatever the number of sessions. From any thread. */
void outage_begin_first_wait(const char *url);
/* It is there, or why it is not is said otherwise. */
void outage_end_first_wait(void);

#endif
