#include "route_checks.h"

#include "agent/keys.h"
#include "base/check.h"
#include "bus/bus_checks.h"
#include "queues.h"

/* With --all no name is known beforehand, and each must be allowed: this one stands for them. */
#define ANYBODY "anybody"

/* Of all queues, one after the other. */
static const char *const *join(const struct queues *q)
{
	enum { BOUND_MAX = 16 * LINKS_AGENTS_MAX };
	static const char *all[BOUND_MAX + 1];
	unsigned n = 0;

	/* It does without those of the others. */
	for (unsigned i = 0; i < q->count; i++)
		for (const char *const *key = q->list[i].bindings;
		     *key && n < BOUND_MAX && q->list[i].kind != BUS_OVERHEARD; key++)
			all[n++] = *key;
	return all;
}

/* Packets go on in the API in which they come: here those of the API that is published. */
static void add_agent(struct keys *k, const struct settings *s, const char *agent)
{
	enum envelope_api api = (enum envelope_api)s->bus.api;

	keys_add_published(k, api, ENVELOPE_TUN_PACKET, ENVELOPE_TO_AGENT, agent);
	keys_add_published(k, api, ENVELOPE_SERIAL_PACKET, ENVELOPE_TO_AGENT, agent);
	keys_add_published(k, ENVELOPE_OWN, ENVELOPE_PACKET, ENVELOPE_TO_AGENT, agent);
	if (s->bootstrap)
		keys_add_published(k, api, ENVELOPE_TUN_START, ENVELOPE_TO_AGENT, agent);
}

static void add_published(struct keys *k, const struct settings *s, const struct links *l)
{
	enum envelope_api api = (enum envelope_api)s->bus.api;

	for (unsigned i = 0; i < l->count; i++)
		add_agent(k, s, l->names[i]);
	if (l->all)
		add_agent(k, s, ANYBODY);
	keys_add_published(k, api, ENVELOPE_COMPONENT_READY, ENVELOPE_TO_AGENT, s->name);
	keys_add_published(k, api, ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_TO_AGENT, s->name);
}

int route_check(const struct settings *s, const struct links *l)
{
	enum envelope_api api = (enum envelope_api)s->bus.api;
	struct keys published = {0};
	struct why why;
	const struct queues *queues = queues_make(l, s->name, api, &why);

	check_run(host_checks, NULL);
	add_published(&published, s, l);
	if (queues && keys_check(&published, &why) == 0)
		bus_check(&(struct bus_check){.settings = &s->bus,
		                              .agent = s->name,
		                              .publish = (const char *const *)published.patterns,
		                              .bind = join(queues)});
	else
		check_wrong("permission", "other names of agents", "%s", why.text);
	return check_end();
}
