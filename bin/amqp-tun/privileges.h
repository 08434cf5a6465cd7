/* privileges.h - what the two processes may do: the keeper what making an interface needs, the other one nothing.
 * Never gives anything back. The only file that includes libcap-ng. */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

/* The keeper: CAP_NET_ADMIN, and CAP_SYS_ADMIN until a namespace has been entered; as far as it has them at all. */
void privileges_keep(bool namespace_to_enter);
/* The process that speaks to the broker: no capability, and none to be gained by exec. Before its first thread. */
void privileges_give_up(void);

bool privileges_net_admin(void); /* whether this process has CAP_NET_ADMIN */

#endif
