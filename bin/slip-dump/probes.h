/* probes.h - the probes that slip-dump reads: each has its port, its reader and a thread, so that
 * one which is away, or late, never holds up another. What several hear is merged by time
 * (merge.h), and each is counted by itself, too (stats_register_for). */
#ifndef PROBES_H
#define PROBES_H

#include "base/loop.h"
#include "packet/packet.h"
#include "probe/retune.h"
#include "settings.h"

/* What the probes hear: with the probe's number, by one thread at a time. False: no room. */
typedef bool probes_put(const struct envelope_packet *p, unsigned number);

/* Before probes_open. 0, or -1 with why. s outlives the tool. retune: what one probe is asked for
 * meanwhile, or NULL. */
int probes_prepare(const struct settings *s, probes_put *put, struct retune *retune,
                   struct why *why);
struct air;
/* What all of them hear, after probes_prepare. */
const struct air *probes_air(void);
/* All ports, in their order. 0, or -1 with why, where one is not there (without --wait-port). */
int probes_open(struct why *why);
/* Their threads, into workers[0..PROBES_MAX + 1); returns how many. */
unsigned probes_workers(struct worker *workers);
/* When the threads have ended: what is still on its way is put, the ports are closed. */
void probes_close(void);
/* Of several: a line about each, before that of all (summary.h). */
void probes_say(void);

#endif
