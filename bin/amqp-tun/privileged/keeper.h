/* keeper.h - the small privileged parent: it makes the interface with its addresses and routes, and
 * unmakes it at the end, also when the child was killed. The child, which speaks to the broker,
 * asks it with requests of one size. The interface ends with either of them: it is not persistent
 * and the child alone holds its descriptor; the child ends when the parent dies. Never reads text
 * or paths from the child, never waits for it, and never does what the options do not allow,
 * whatever the child asks. The only header of this folder that files outside of it include. */
#ifndef KEEPER_H
#define KEEPER_H

#include "../protocol.h"

/* Closes what the tool was started with but does not need, chooses the child's user where that is
 * to be done, and forks. What comes from outside (descriptors of options, sockets to other
 * programs of this host) is opened before, and noted in base/outside.h: afterwards neither process
 * can. In the child, which has given up its privileges: the socket for its requests. In the
 * parent: KEEPER_ENDED when the child has ended and everything is undone, with *status for this
 * process to exit with. In either: -1 with why. o must outlive it. */
enum { KEEPER_ENDED = -2 };
int keeper_start(const struct interface_options *o, const struct identity *child, int *status,
                 struct why *why);

#endif
