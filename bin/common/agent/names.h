/* names.h - what agents may be called on a command line. Never ends the tool. */
#ifndef NAMES_H
#define NAMES_H

#include "base/options.h"

/* 0, or -1 with the reason: no agent can be called so. Is an option_spec.check. */
int agent_name_check(const char *name, struct why *why);

/* The agents that one called `own` is to talk to: none twice, none itself. 0, or -1 with
 * "--peer 'NAME': " and the reason. */
int agent_peers_check(const struct option_strings *peers, const char *own, struct why *why);

#endif
