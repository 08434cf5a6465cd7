/* identity.h - whose the process is that speaks to the broker, where root starts the tool and
 * --user says nothing: an unprivileged user that no other process has. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "../protocol.h"

/* Runs before the fork. Started as root without --user: `framebus` where there is that user; else
 * the first of a range of uids that nobody has, which is this tool's as long as *lock is open, in
 * the parent alone; else `nobody`, with a word. Otherwise child stays as it is, and *lock too. */
void identity_choose(struct identity *child, int *lock);

#endif
