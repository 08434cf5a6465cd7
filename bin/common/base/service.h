/* service.h - what a tool tells its surroundings of its state: that both ends work, that one is
 * away, that it ends. --ready-fd, the events "up" and "down", and systemd have it from here. Counts
 * ends, decides nothing. Safe from any thread. */
#ifndef SERVICE_H
#define SERVICE_H

/* An end that works, or that must be there first, is away; it is there (again). */
void service_end_away(void);
void service_end_back(void);
/* Both ends work: once. */
void service_ready(void);
/* What "up" says of what was opened; value is kept as it is. Before the end that it belongs to is
 * back. */
void service_describe(const char *key, const char *value);
/* Where the tool begins, and as the first thing when it stops. */
void service_starts(void);
void service_stops(void);
/* All is closed: once. */
void service_ended(int status);

#endif
