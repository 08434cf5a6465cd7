/* serial_tcp.h - the connection of a "tcp:HOST:PORT". For this room alone. */
#ifndef SERIAL_TCP_H
#define SERIAL_TCP_H

#include <stdbool.h>

#include "base/words.h"

#define SERIAL_TCP_PREFIX "tcp:"

bool serial_is_tcp(const char *path);
/* Whether what is no file looks like a host and its port: "attic:3333", "socket://attic:3333". */
bool serial_tcp_is_meant(const char *path);
/* 0 for a path of another kind, or a well-formed one; -1 with why. */
int serial_tcp_check(const char *path, struct why *why);
/* A connected socket that does not block, the caller's; -1 with why. Waits five seconds at the
 * most, or until the tool is to stop; a name is looked up by a thread of its own, which is not
 * waited for any longer than that. */
int serial_tcp_open(const char *path, struct why *why);

#endif
