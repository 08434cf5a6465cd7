/* who_screen.h - --who on a terminal: the table of agents as a screen with keys, in a thread of its
 * own. Reads what who.h knows, and keeps nothing but the counts of the picture before. */
#ifndef WHO_SCREEN_H
#define WHO_SCREEN_H

#include "base/loop.h"

/* Before threads start. seconds: between two pictures. False: standard output is no terminal that
 * can be drawn on: nothing of this does anything then. */
bool who_screen_open(double seconds);
/* Its thread: ends with the stop, or stops the tool at the key q. Returns how many: 0 or 1. */
unsigned who_screen_workers(struct worker *workers);
/* After the threads, and before anything else is said: the terminal is as it was. */
void who_screen_close(void);

#endif
