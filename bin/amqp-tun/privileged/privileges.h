/* privileges.h - what the two processes may do: the keeper what making an interface needs, the
 * child nothing. Never gives anything back. The only file that includes libcap-ng. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

#include "../protocol.h"

/* Runs in the keeper. CAP_NET_ADMIN; CAP_SYS_ADMIN until a namespace has been entered; CAP_KILL
 * where the child is another user's, to pass signals on to it; as far as it has them at all. 0, or
 * -1 with why. */
int privileges_keep(bool namespace_to_enter, bool other_user, struct why *why);
/* Runs in the child, before its first thread: no capability, and none to be gained by exec; another
 * user, if one is wanted. 0, or -1 with why. */
int privileges_give_up(const struct identity *i, struct why *why);

bool privileges_net_admin(void); /* whether this process has CAP_NET_ADMIN */

#endif
