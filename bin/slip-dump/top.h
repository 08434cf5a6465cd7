/* top.h - --top: who is heard, how often, how well, and how full each channel is, once a second: on
 * a terminal as a screen with keys, else as lines. Reads what is known of the air (air.h), and
 * keeps nothing but the counts of the time before. */
#ifndef TOP_H
#define TOP_H

#include "base/loop.h"
#include "packet/air.h"

/* Before threads start; a lives as long as the tool. seconds: between two pictures. */
void top_open(const struct air *a, double seconds, unsigned probes);
/* Its thread: ends with the stop, or stops the tool at the key q. */
struct worker top_worker(void);
/* After the threads, and before anything else is said: the terminal is as it was. */
void top_close(void);

#endif
