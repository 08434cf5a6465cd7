/* undo.h - a list of what was changed in the system, so that it can be undone exactly, in reverse.
 * Runs in the keeper and in the restorer: processes that are forked after undo_open share the list,
 * so when one is killed, another undoes what it had changed. Never reports a failure to undo: what
 * is gone already needs none. */
#ifndef UNDO_H
#define UNDO_H

#include "netlink.h"

/* 0 or a negative errno; more than once is no matter. */
int undo_open(void);

/* Each makes a change and notes how to undo it. 0 or a negative errno; what was there already
 * is not noted. */
int undo_add_address(struct netlink *n, unsigned ifindex, const struct address *a);
int undo_add_route(struct netlink *n, unsigned ifindex, const struct address *prefix);
/* Writes a value to a file of /proc/sys. */
int undo_set_sysctl(const char *path, const char *value);
bool undo_sysctl_is(const char *path, const char *value);
/* Notes the present value only: some files change when another one is written. */
int undo_note_sysctl(const char *path);

void undo_all(void);

#endif
