/* landlock.h - which files the process that speaks to the broker may read: what looking up names,
 * TLS and loading modules need. None to write, no device, no program, no port to listen on, no
 * signal or abstract socket of others. Where the kernel has Landlock (Linux 5.13 and later), as far
 * as it has it. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include "base/words.h"

/* Runs in the child, before its first thread; needs no_new_privs. For good. A kernel without it is
 * told of, and is no failure. 0, or -1 with why. */
int landlock_restrict(struct why *why);

#endif
