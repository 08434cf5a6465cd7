/* events.h - what a script may want to act on, a line of JSON each, where --events says
 * (docs/events.md). No tool runs commands. Never waits: what its reader has no room for is left
 * out, and counted in a later line. Safe from any thread. */
#ifndef EVENTS_H
#define EVENTS_H

#include "base/words.h"

/* where: the number of a descriptor that is open for writing, or a file, which is made, appended
 * to, or a FIFO. 0, or -1 with why. Before the first thread. */
int events_open(const char *where, struct why *why);
/* -1: nobody asked for events. */
int events_fd(void);
/* In a process that says nothing: its end is no event. */
void events_close(void);
/* The agent's, for every line; lives as long as the tool. */
void events_set_name(const char *name);
/* "peer_here", "peer", "agent_2", NULL: pairs of names and values, whatever is in them; a value ""
 * is left out. */
void events_say(const char *event, ...) __attribute__((sentinel));

#endif
