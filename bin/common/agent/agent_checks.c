#include "agent/agent_checks.h"

#include "base/check.h"
#include "bus/bus_checks.h"

void agent_check(const struct agent_check *c)
{
	struct keys publish = {0}, bind = {0};
	const struct keys_agent *a = &c->agent;
	struct why why;

	keys_add_published(&publish, a->api, a->packet, ENVELOPE_FROM_AGENT, a->name);
	keys_add_published(&publish, a->api, a->started, ENVELOPE_FROM_AGENT, a->name);
	keys_add_published(&publish, a->api, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT,
	                   a->name);
	keys_add_published(&publish, a->api, ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_FROM_AGENT,
	                   a->name);
	if (c->own_keys) {
		keys_add_published(&publish, ENVELOPE_OWN, a->packet, ENVELOPE_FROM_AGENT, a->name);
		keys_add_published(&publish, ENVELOPE_OWN, ENVELOPE_ALIVE, ENVELOPE_FROM_AGENT,
		                   a->name);
	}
	/* Which of the two queues a key leads to is nothing to the broker's permissions. */
	keys_add_agent(&bind, &bind, a);
	if (keys_check(&publish, &why) < 0 || keys_check(&bind, &why) < 0) {
		check_wrong("broker", "", "%s", why.text);
		return;
	}
	bus_check(&(struct bus_check){.settings = c->bus,
	                              .agent = a->name,
	                              .publish = (const char *const *)publish.patterns,
	                              .bind = (const char *const *)bind.patterns});
}
