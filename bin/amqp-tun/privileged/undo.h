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

#define SYSCTL_IPV4 "/proc/sys/net/ipv4/conf/"
#define SYSCTL_IPV6 "/proc/sys/net/ipv6/conf/"

/* A file of /proc/sys/net/.../conf: FOLDER/NAME/FILE. An interface is known by its index, so that
 * the file is found again when it has another name by then. */
struct sysctl {
	const char *folder, *file; /* static, so are they in every process */
	const char *name;          /* "all", "default"; NULL: an interface's */
	unsigned ifindex;
};

/* Writes a value. */
int undo_set_sysctl(const struct sysctl *s, const char *value);
bool undo_sysctl_is(const struct sysctl *s, const char *value);
/* Notes the present value only: some files change when another one is written. */
int undo_note_sysctl(const struct sysctl *s);

void undo_all(void);

#endif
