/* filter.h - the system calls that the process which speaks to the broker may make: enough to
 * connect again, to look up names, for TLS and threads; not to run programs, to write files, to
 * make interfaces or to look into other processes. Never taken back. The only file that includes
 * libseccomp. */
#ifndef FILTER_H
#define FILTER_H

/* Sanitizers need calls that nobody else does. */
#if defined(__SANITIZE_ADDRESS__)
#define FILTER_BUILT 0
#elif defined(__has_feature)
#define FILTER_BUILT !__has_feature(address_sanitizer)
#else
#define FILTER_BUILT 1
#endif

/* Before the first thread; needs no_new_privs. What is not allowed fails with EPERM. */
void filter_system_calls(void);

#endif
