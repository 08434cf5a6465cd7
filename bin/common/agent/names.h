/* names.h - what agents may be called, and what follows from a name. Never ends the tool. */
#ifndef NAMES_H
#define NAMES_H

#include "base/options.h"

/* 0, or -1 with the reason: no agent can be called so. Is an option_spec.check. */
int agent_name_check(const char *name, struct why *why);

/* The agents that one called `own` is to talk to: none twice, none itself. 0, or -1 with
 * "--peer 'NAME': " and the reason. */
int agent_peers_check(const struct option_strings *peers, const char *own, struct why *why);

/* The digits of a name that ends in "_K", K from 1 to 254 without leading zeros; NULL: no such
 * name. They point into it. */
const char *agent_number(const char *name);

#endif
