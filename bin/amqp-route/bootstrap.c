#include "bootstrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/names.h"
#include "agent/say.h"
#include "base/clock.h"
#include "base/text.h"

#define AGAIN_NS (INT64_C(5000000000))
enum { NUMBER_MAX = 254 };

/* K of a name that ends in _K; else the lowest number that no name of the links has, by the agent's
 * place among those that have none. */
static unsigned number_of(const struct links *l, unsigned agent)
{
	bool taken[NUMBER_MAX + 1] = {false};
	unsigned next = 1;

	if (agent_number(l->names[agent]))
		return (unsigned)atoi(agent_number(l->names[agent]));
	for (unsigned i = 0; i < l->count; i++)
		if (agent_number(l->names[i]))
			taken[atoi(agent_number(l->names[i]))] = true;
	for (unsigned i = 0; i < agent; i++) {
		if (agent_number(l->names[i]))
			continue;
		while (taken[next])
			next++;
		next++;
	}
	while (taken[next])
		next++;
	return next;
}

static void say_start(const struct bootstrap *b, const struct links *l, unsigned agent,
                      struct publisher *p)
{
	struct envelope_control c = {.kind = ENVELOPE_TUN_START};
	unsigned number = number_of(l, agent);

	c.tun = (struct envelope_tun){.ipv6_prefix = "bbbb",
	                              .ipv6_no_forwarding = true,
	                              .ipv4_network = "10.2.0.0",
	                              .ipv4_netmask = "255.255.255.0"};
	snprintf(c.tun.name, sizeof c.tun.name, "%s", l->names[agent]);
	snprintf(c.tun.ipv6_host, sizeof c.tun.ipv6_host, "%u", number);
	snprintf(c.tun.ipv4_host, sizeof c.tun.ipv4_host, "10.2.0.%u", number);
	say_control(p, l->names[agent], b->api, &c);
}

static bool have_all_started(struct bootstrap *b, const struct links *l)
{
	char names[400] = "";
	struct text t = {names, sizeof names, 0};

	for (unsigned i = 0; i < l->count; i++)
		if (!b->started[i])
			text_add(&t, "%s%s", t.length ? ", " : "", l->names[i]);
	if (t.length)
		progress_begin_wait(&b->waits, PROGRESS_WAIT_MS, "waits for started of %s", names);
	else
		progress_end_wait(&b->waits);
	return !t.length;
}

bool bootstrap_work(struct bootstrap *b, const struct links *l, struct publisher *p,
                    int *timeout_ms)
{
	if (!b->on || have_all_started(b, l))
		return true;
	if (!publisher_is_open(p))
		return false;
	int64_t now = monotonic_ns();
	if (now >= b->due_ns) {
		b->due_ns = now + AGAIN_NS;
		for (unsigned i = 0; i < l->count; i++)
			if (!b->started[i])
				say_start(b, l, i, p);
	}
	int left = (int)((b->due_ns - now) / 1000000) + 1;
	if (*timeout_ms < 0 || left < *timeout_ms)
		*timeout_ms = left;
	return false;
}

void bootstrap_note_started(struct bootstrap *b, const struct links *l, const char *name)
{
	int agent = links_find(l, name);

	if (agent != LINKS_NONE)
		b->started[agent] = true;
}

void bootstrap_note_ready(struct bootstrap *b, const struct links *l, const char *name)
{
	int agent = links_find(l, name);

	if (agent == LINKS_NONE)
		return;
	if (b->started[agent])
		b->due_ns = 0;
	b->started[agent] = false;
}

void bootstrap_reset(struct bootstrap *b)
{
	for (unsigned i = 0; i < LINKS_AGENTS_MAX; i++)
		b->started[i] = false;
	b->due_ns = 0;
}
