/* agent_checks.h - --check of an agent: that the broker lets it publish and read what it will. */
#ifndef AGENT_CHECKS_H
#define AGENT_CHECKS_H

#include "agent/keys.h"
#include "bus/settings.h"

struct agent_check {
	const struct bus_settings *bus;
	struct keys_agent agent;
	bool own_keys; /* it publishes under keys of ours, too */
};

void agent_check(const struct agent_check *c);

#endif
