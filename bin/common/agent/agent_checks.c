#include "agent/agent_checks.h"

#include <stdlib.h>

#include "base/check.h"
#include "bus/bus_checks.h"

enum { KEYS_MAX = 8 };

struct published {
	char text[KEYS_MAX][ENVELOPE_KEY_MAX + 1];
	const char *keys[KEYS_MAX + 1];
	unsigned count;
};

static void add(struct published *p, enum envelope_kind kind, enum envelope_api api,
                const char *name)
{
	if (p->count < KEYS_MAX &&
	    keys_write(p->text[p->count], kind, api, ENVELOPE_FROM_AGENT, name, "", NULL) == 0) {
		p->keys[p->count] = p->text[p->count];
		p->count++;
	}
}

/* The patterns of both queues, one after the other. */
static const char **join(const struct keys *data, const struct keys *control)
{
	const char **all = calloc(data->count + control->count + 1, sizeof *all);

	for (size_t i = 0; all && i < data->count; i++)
		all[i] = data->patterns[i];
	for (size_t i = 0; all && i < control->count; i++)
		all[data->count + i] = control->patterns[i];
	return all;
}

void agent_check(const struct agent_check *c)
{
	static struct published published;
	struct keys data = {0}, control = {0};
	const struct keys_agent *a = &c->agent;

	add(&published, a->packet, a->api, a->name);
	add(&published, a->started, a->api, a->name);
	add(&published, ENVELOPE_COMPONENT_READY, a->api, a->name);
	add(&published, ENVELOPE_COMPONENT_SHUTDOWN, a->api, a->name);
	if (c->own_keys) {
		add(&published, a->packet, ENVELOPE_OWN, a->name);
		add(&published, ENVELOPE_ALIVE, ENVELOPE_OWN, a->name);
	}
	keys_add_agent(&data, &control, a);
	const char **bind = join(&data, &control);
	if (!bind) {
		check_wrong("broker", "", "out of memory");
		return;
	}
	bus_check(&(struct bus_check){
		.settings = c->bus, .agent = a->name, .publish = published.keys, .bind = bind});
}
