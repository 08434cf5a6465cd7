/* privileges.h - what the processes may do: the keeper what making an interface needs, the child
 * nothing. Never gives anything back. The only file that includes libcap-ng. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

#include "../protocol.h"

/* Beside CAP_NET_ADMIN. */
struct privileges {
	bool namespaces; /* CAP_SYS_ADMIN: one is still to be entered */
	bool signals;    /* CAP_KILL: to a child of another user */
	bool files;      /* CAP_DAC_READ_SEARCH: those of other users */
};

/* Runs in the keeper, and in the restorer: these alone, as far as the process has them, and none to
 * be gained by exec. 0, or -1 with why. */
int privileges_keep(const struct privileges *p, struct why *why);
/* Runs in the child, before its first thread: no capability, and none to be gained by exec; another
 * user, if one is wanted. 0, or -1 with why. */
int privileges_give_up(const struct identity *i, struct why *why);
/* Whether it can be done: a user id of its own needs capabilities that root may lack. 0, or -1 with
 * why. */
int privileges_check(const struct identity *i, struct why *why);

bool privileges_net_admin(void); /* whether this process has CAP_NET_ADMIN */
/* Whether a file that options name can be read by root's privileges alone. */
bool privileges_needed_to_read(void);

/* Of this process and its children: no core, and no look into it from outside. 0, or -1 with
 * why. */
int privileges_leave_no_trace(struct why *why);

#endif
