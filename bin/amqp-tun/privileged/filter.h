/* filter.h - the system calls that the process which speaks to the broker may make: enough to
 * connect again, to look up names, for TLS and threads; not to run programs, to write files, to
 * make interfaces or to look into other processes. Never taken back. The only file that includes
 * libseccomp. */
#ifndef FILTER_H
#define FILTER_H

#include "base/words.h"

/* Sanitizers need calls that nobody else does. */
#if defined(__SANITIZE_ADDRESS__)
#define FILTER_BUILT 0
#elif defined(__has_feature)
#define FILTER_BUILT !__has_feature(address_sanitizer)
#else
#define FILTER_BUILT 1
#endif

/* Runs in the child, before its first thread; needs no_new_privs. What is not allowed fails with
 * EPERM. 0, or -1 with why. */
int filter_system_calls(struct why *why);

#endif
