#include "route_checks.h"

#include "agent/keys.h"
#include "base/check.h"
#include "bus/bus_checks.h"
#include "queues.h"

enum { PUBLISHED_MAX = 2 * LINKS_AGENTS_MAX };

/* Of all queues, one after the other. */
static const char *const *join(const struct bus_queue *queues, unsigned count)
{
	enum { BOUND_MAX = 16 * LINKS_AGENTS_MAX };
	static const char *all[BOUND_MAX + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		for (const char *const *key = queues[i].bindings; *key && n < BOUND_MAX; key++)
			all[n++] = *key;
	return all;
}

static const char *const *to_agents(const struct links *l, enum envelope_api api)
{
	static const enum envelope_kind kinds[] = {ENVELOPE_TUN_PACKET, ENVELOPE_SERIAL_PACKET};
	static char text[PUBLISHED_MAX][ENVELOPE_KEY_MAX + 1];
	static const char *keys[PUBLISHED_MAX + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < 2 * l->count; i++)
		if (keys_write(text[n], kinds[i % 2], api, ENVELOPE_TO_AGENT, l->names[i / 2], "",
		               NULL) == 0) {
			keys[n] = text[n];
			n++;
		}
	return keys;
}

int route_check(const struct settings *s, const struct links *l)
{
	enum envelope_api api = (enum envelope_api)s->bus.api;
	unsigned count;
	struct why why;
	const struct bus_queue *queues = queues_make(l, s->name, api, &count, &why);

	check_run(host_checks, NULL);
	if (queues)
		bus_check(&(struct bus_check){.settings = &s->bus,
		                              .agent = s->name,
		                              .publish = to_agents(l, api),
		                              .bind = join(queues, count)});
	else
		check_wrong("permission", "other names of agents", "%s", why.text);
	return check_end();
}
