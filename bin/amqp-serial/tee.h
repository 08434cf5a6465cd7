/* tee.h - what crosses, both ways, as a capture beside the bridge (--tee): pcapng, an interface a
 * direction. The port's thread puts packets into rings and never waits; a thread of its own writes
 * them. A capture that fails, or that nobody reads, costs packets of the capture and nothing else:
 * packets put = tee.written + left_over + dropped_no_room + dropped_no_reader. */
#ifndef TEE_H
#define TEE_H

#include <stdbool.h>

#include "base/loop.h"
#include "packet/packet.h"

struct tee;

enum tee_direction { TEE_FROM_PROBE, TEE_TO_PROBE, TEE_DIRECTIONS };

/* path: of the capture, "-" is standard output; a FIFO is opened by the thread. agent: its name.
 * awaits_room: --on-full wait.
 * Registers the counters: before threads start, once a process. NULL: there is no such capture to
 * be had, which has been reported. */
struct tee *tee_open(const char *path, const char *agent, bool awaits_room);
/* One thread puts. p: of link type TAP; its octets are copied. */
void tee_put(struct tee *t, enum tee_direction direction, const struct envelope_packet *p);
struct worker tee_worker(struct tee *t);
/* After the threads: writes what is left, closes, returns the exit status. */
int tee_close(struct tee *t);

#endif
