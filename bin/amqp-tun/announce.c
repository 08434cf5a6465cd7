#include "announce.h"

#include "agent/agent.h"
#include "base/options.h"
#include "start.h"

static void publish_started(struct announcer *a)
{
	struct envelope_control c = {.kind = ENVELOPE_TUN_STARTED};

	start_write(&c.tun, &a->tunnel->in_force, a->tunnel->settings, bus_session());
	agent_say(a->bus, a->tunnel->settings->name, &c);
}

void announce_due(struct announcer *a)
{
	struct tunnel *t = a->tunnel;
	uint64_t uplink = bus_generation(a->bus), downlink = atomic_load(&t->downlink_open);
	bool has_interface = atomic_load(&t->device) >= 0;

	if (!bus_is_open(a->bus) || !downlink)
		return;
	if (uplink != a->uplink_told || downlink != a->downlink_told) {
		a->uplink_told = uplink;
		a->downlink_told = downlink;
		a->started_told = false;
		agent_say_state(a->bus, t->settings->name, ENVELOPE_COMPONENT_READY, "connected");
		/* Without an address there is nothing to wait for but tun.start, and that can come
		 * now. */
		report_ready();
	}
	if (!has_interface)
		return;
	/* Not one after the other: what became due twice is said once. */
	bool due = atomic_exchange(&t->started_due, false);
	if (due || !a->started_told)
		publish_started(a);
	a->started_told = true;
}

void announce_shutdown(struct announcer *a)
{
	if (bus_is_open(a->bus))
		agent_say_state(a->bus, a->tunnel->settings->name, ENVELOPE_COMPONENT_SHUTDOWN,
		                "going away");
}
