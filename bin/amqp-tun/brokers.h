/* brokers.h - where the brokers are, so that neither the tunnel's own network nor a route to it
 * takes their addresses. Looks the names up: before signals are blocked, so that they end it. */
#ifndef BROKERS_H
#define BROKERS_H

#include "settings.h"

/* Fills in s->brokers, where the interface is in our own namespace. A name that nobody knows
 * within a second, or about that, has no address. */
void brokers_find(struct settings *s);

#endif
