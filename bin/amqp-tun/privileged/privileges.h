/* privileges.h - what the two processes may do: the keeper what making an interface needs, the
 * other one nothing. Never gives anything back. The only file that includes libcap-ng. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/* The keeper: CAP_NET_ADMIN; CAP_SYS_ADMIN until a namespace has been entered; CAP_KILL where the
 * other process is another user's, to pass signals on to it; as far as it has them at all. */
void privileges_keep(bool namespace_to_enter, bool another_user);
/* The process that speaks to the broker: no capability, and none to be gained by exec; another
 * user, if one is wanted. Before its first thread. */
struct identity {
	const char *name; /* NULL: stays who it is */
	uid_t user;
	gid_t group;
};
void privileges_give_up(const struct identity *i);

bool privileges_net_admin(void); /* whether this process has CAP_NET_ADMIN */

#endif
