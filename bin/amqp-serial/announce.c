#include "announce.h"

#include <stdio.h>

#include "agent/agent.h"
#include "base/options.h"

static void publish_started(struct announcer *a)
{
	const struct settings *s = a->station->settings;
	struct envelope_control c = {.kind = ENVELOPE_SERIAL_STARTED};

	snprintf(c.serial.name, sizeof c.serial.name, "%s", s->name);
	snprintf(c.serial.port, sizeof c.serial.port, "%s", s->port.path);
	snprintf(c.serial.boudrate, sizeof c.serial.boudrate, "%u", (unsigned)s->port.baud);
	snprintf(c.serial.session, sizeof c.serial.session, "%s", bus_session());
	agent_say(a->bus, s->name, &c);
}

void announce_due(struct announcer *a)
{
	struct station *st = a->station;
	uint64_t uplink = bus_generation(a->bus), downlink = atomic_load(&st->downlink_open);

	if (!bus_is_open(a->bus) || !downlink)
		return;
	/* Not one after the other: what became due twice is said once. */
	bool due = atomic_exchange(&st->started_due, false);
	if (uplink != a->uplink_told || downlink != a->downlink_told) {
		a->uplink_told = uplink;
		a->downlink_told = downlink;
		agent_say_state(a->bus, st->settings->name, ENVELOPE_COMPONENT_READY, "connected");
		due = true;
	}
	if (due)
		publish_started(a);
	report_ready();
}

void announce_shutdown(struct announcer *a)
{
	if (bus_is_open(a->bus))
		agent_say_state(a->bus, a->station->settings->name, ENVELOPE_COMPONENT_SHUTDOWN,
		                "going away");
}
