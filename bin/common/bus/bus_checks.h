/* bus_checks.h - --check of each broker: reached, TLS, login, exchange, and the permission for each
 * key. Nothing is delivered, and nothing is left: what is published is rolled back, what is bound
 * is an exclusive queue that goes at once. */
#ifndef BUS_CHECKS_H
#define BUS_CHECKS_H

#include "bus/settings.h"

struct bus_check {
	const struct bus_settings *settings;
	const char *agent;
	const char *const *publish; /* keys, NULL-terminated; NULL: none */
	const char *const *bind;    /* patterns */
};

/* Waits for each broker as long as the tool itself does, and for its answers. */
void bus_check(const struct bus_check *c);

#endif
