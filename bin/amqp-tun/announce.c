#include "announce.h"

#include "agent/agent.h"
#include "base/options.h"
#include "bus/run.h"
#include "start.h"

static void publish_started(struct announcer *a)
{
	struct envelope_control c = {.kind = ENVELOPE_TUN_STARTED};

	start_write(&c.tun, &a->tunnel->in_force, a->tunnel->settings, bus_run());
	agent_say(a->publisher, (enum envelope_api)a->tunnel->settings->bus.api,
	          a->tunnel->settings->name, &c);
}

void announce_due(struct announcer *a)
{
	struct tunnel *t = a->tunnel;
	uint64_t uplink = publisher_generation(a->publisher),
		 downlink = atomic_load(&t->downlink_open);
	bool has_interface = atomic_load(&t->device) >= 0;

	if (!publisher_is_open(a->publisher) || !downlink)
		return;
	if (uplink != a->uplink_told || downlink != a->downlink_told) {
		a->uplink_told = uplink;
		a->downlink_told = downlink;
		a->started_told = false;
		agent_say_state(a->publisher, (enum envelope_api)t->settings->bus.api,
		                t->settings->name, ENVELOPE_COMPONENT_READY, "connected");
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
	if (publisher_is_open(a->publisher))
		agent_say_state(a->publisher, (enum envelope_api)a->tunnel->settings->bus.api,
		                a->tunnel->settings->name, ENVELOPE_COMPONENT_SHUTDOWN,
		                "going away");
}
