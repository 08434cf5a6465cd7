/* keeper.h - the small privileged parent: it makes the interface with its addresses and routes, and
 * unmakes it at the end, also when the child was killed. The child, which speaks to the broker,
 * asks it with requests of one size. The interface ends with either of them: it is not persistent
 * and the child alone holds its descriptor; the child ends when the parent dies. Never reads text
 * or paths from the child, and never does what the options do not allow, whatever the child asks.
 * The only header of this folder that files outside of it include. */
#ifndef KEEPER_H
#define KEEPER_H

#include <stddef.h>

#include "../protocol.h"

/* Forks. In the child, which has given up its privileges: the socket for its requests. In the
 * parent: KEEPER_ENDED when the child has ended and everything is undone, with *status for this
 * process to exit with. In either: -1 with why. o must outlive it. */
enum { KEEPER_ENDED = -2 };
int keeper_start(const struct interface_options *o, const struct identity *child, int *status,
                 struct why *why);

/* How far the requests have got. */
enum keeper_state { KEEPER_NEW, KEEPER_OPENED, KEEPER_CONFIGURED };
/* Whether the request may be carried out; size: of what was received. 0, or -1 with why. */
int keeper_check(const struct interface_options *o, enum keeper_state state,
                 const struct keeper_request *request, size_t size, struct why *why);

#endif
