#include "route_checks.h"

#include "agent/keys.h"
#include "base/check.h"
#include "bus/bus_checks.h"
#include "queues.h"

/* Of an agent, at the most; and of the router itself. */
enum { PUBLISHED_EACH = 4, PUBLISHED_OWN = 2 };
enum { PUBLISHED_MAX = PUBLISHED_EACH * LINKS_AGENTS_MAX + PUBLISHED_OWN };

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

struct published {
	char text[PUBLISHED_MAX][ENVELOPE_KEY_MAX + 1];
	const char *keys[PUBLISHED_MAX + 1];
	unsigned count;
};

static void add(struct published *p, enum envelope_kind kind, enum envelope_api api,
                const char *agent)
{
	if (p->count < PUBLISHED_MAX &&
	    keys_write(p->text[p->count], kind, api, ENVELOPE_TO_AGENT, agent, "", NULL) == 0) {
		p->keys[p->count] = p->text[p->count];
		p->count++;
	}
}

/* Packets go on in the API in which they come: here those of the API that is published. */
static const char *const *find_published(const struct settings *s, const struct links *l)
{
	static struct published p;
	enum envelope_api api = (enum envelope_api)s->bus.api;

	for (unsigned i = 0; i < l->count; i++) {
		add(&p, ENVELOPE_TUN_PACKET, api, l->names[i]);
		add(&p, ENVELOPE_SERIAL_PACKET, api, l->names[i]);
		add(&p, ENVELOPE_PACKET, ENVELOPE_OWN, l->names[i]);
		if (s->bootstrap)
			add(&p, ENVELOPE_TUN_START, api, l->names[i]);
	}
	add(&p, ENVELOPE_COMPONENT_READY, api, s->name);
	add(&p, ENVELOPE_COMPONENT_SHUTDOWN, api, s->name);
	return p.keys;
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
		                              .publish = find_published(s, l),
		                              .bind = join(queues, count)});
	else
		check_wrong("permission", "other names of agents", "%s", why.text);
	return check_end();
}
