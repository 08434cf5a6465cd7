/* route_checks.h - amqp-route --check: what it reads of the agents of its links, and what it
 * publishes to them. */
#ifndef ROUTE_CHECKS_H
#define ROUTE_CHECKS_H

#include "settings.h"

/* The exit status. */
int route_check(const struct settings *s, const struct links *l);

#endif
