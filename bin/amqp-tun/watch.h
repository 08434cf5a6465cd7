/* watch.h - what the kernel says of this host's addresses and of the interface's MTU, for as long
 * as the tool runs: a thread that waits for its word and passes it on. Changes nothing, asks for
 * nothing but that; the descriptor, of the interface's own network namespace, is the keeper's. */
#ifndef WATCH_H
#define WATCH_H

#include "base/loop.h"
#include "tunnel.h"

/* In front of the workers: there is a thread for it from loop_run on. */
struct worker watch_worker(struct tunnel *t);
/* Once the interface is made, before anything enters it: what is true now. */
void watch_begin(struct tunnel *t);

#endif
