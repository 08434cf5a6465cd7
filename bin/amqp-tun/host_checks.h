/* host_checks.h - amqp-tun --check: what this host must have for an interface. Makes none. */
#ifndef HOST_CHECKS_H
#define HOST_CHECKS_H

#include "settings.h"

/* All of it, the broker too; the exit status. */
int host_check(const struct settings *s);

#endif
