/* merge.h - what several probes hear, in the order of time: a bounded ring for each, from its
 * thread, and one thread that reads all. A frame waits until each other probe has one, which shows
 * whether that is older, and MERGE_MS at the most: one that is silent or away holds up nobody, and
 * what comes later than that is out of order. Drops nothing but what a ring has no room for, which
 * is for the caller to count. */
#ifndef MERGE_H
#define MERGE_H

#include <stdbool.h>

#include "base/loop.h"
#include "packet/packet.h"

enum { MERGE_MS = 100 };

struct merge_lane; /* of one probe */

/* For lanes 0..n, n at most PROBES_MAX of settings.h. put is called with the number of the lane by
 * one thread at a time. Before threads start. 0, or -1: out of memory. */
int merge_open(unsigned n, void (*put)(const struct envelope_packet *p, unsigned number));
/* For merge_put. */
struct merge_lane *merge_lane(unsigned number);
/* From the thread of this lane; the octets are copied. Returns how many there was room for; the
 * others are refused. */
size_t merge_put(void *lane, const struct envelope_packet *packets, size_t n);
struct worker merge_worker(void);
/* When all threads have ended: gives what is left to put. */
void merge_finish(void);

#endif
