/* brokers.h - where the brokers are, so that no route to the tunnel takes their addresses. Looks
 * the names up: before signals are blocked, so that they end it. */
#ifndef BROKERS_H
#define BROKERS_H

#include "settings.h"

/* Fills in s->brokers, where there can be such a route and the interface is in our own namespace. A
 * name that nobody knows has no address. */
void brokers_find(struct settings *s);

#endif
