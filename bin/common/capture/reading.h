/* reading.h - read(2) of what may never answer, such as a file of a server that is gone: once the
 * tool has stopped, whoever closes its ends lets go of the thread that hangs there, and what that
 * thread had is whole. Nothing can end the call itself. */
#ifndef CAPTURE_READING_H
#define CAPTURE_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As read(2), by one thread of the process at a time. Does not return once it has been let go of.
 */
ssize_t reading_read(int fd, void *octets, size_t size);

/* By the main thread, behind loop_run. True: a thread was left behind in reading_read, which is
 * said of the file's name in words; it never comes back, and what it used is the caller's from now
 * on. */
bool reading_let_go(const char *name);

#endif
