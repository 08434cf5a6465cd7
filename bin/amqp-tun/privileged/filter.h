/* filter.h - the system calls that each process may make, for good. What nobody here has any
 * business with (programs, other processes, namespaces, mounts, the kernel's own interpreters) ends
 * the process that tries; everything else that is not allowed fails with EPERM. The only file that
 * includes libseccomp. */
#ifndef FILTER_H
#define FILTER_H

#include <sys/types.h>

#include "base/words.h"

/* Sanitizers need calls that nobody else does. */
#if defined(__SANITIZE_ADDRESS__)
#define FILTER_BUILT 0
#elif defined(__has_feature)
#define FILTER_BUILT !__has_feature(address_sanitizer)
#else
#define FILTER_BUILT 1
#endif

/* Both need no_new_privs, and a process without other threads. 0, or -1 with why. */

/* Of the process that speaks to the broker: enough to connect again, to look up names, for TLS and
 * threads. Files are read only, no code is loaded, signals reach itself alone. A socket to programs
 * of this host fails with EACCES: whoever looks up names then goes on with the next way. */
int filter_system_calls(struct why *why);
/* Of the keeper, whose child is this, and of the restorer that it makes: interfaces, routes, files
 * that there are; signals to the child, SIGKILL to the restorer. */
int filter_keeper(pid_t child, struct why *why);

#endif
