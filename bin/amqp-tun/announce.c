#include "announce.h"

#include <stdio.h>

#include "envelope.h"
#include "log.h"
#include "options.h"
#include "start.h"

static void publish(struct announcer *a, const struct envelope_control *c)
{
	struct envelope_key key = {
		.kind = c->kind,
		.api = (enum envelope_api)bus_options.api,
		.direction = ENVELOPE_FROM_AGENT,
	};
	char text[ENVELOPE_KEY_MAX + 1], body[ENVELOPE_CONTROL_WRITE_MAX];

	snprintf(key.name, sizeof key.name, "%s", a->tunnel->settings->name);
	if (envelope_key_write(text, sizeof text, &key) < 0)
		return;
	long length = envelope_control_write(body, sizeof body, c, key.api);
	if (length < 0 || !bus_post(a->bus, text, body, (size_t)length))
		log_warning("%s: cannot be published", text);
	else
		log_info("published %s", text);
}

static void publish_component(struct announcer *a, enum envelope_kind kind, const char *state)
{
	struct envelope_control c = {.kind = kind};

	snprintf(c.component.component, sizeof c.component.component, "%s", a->tunnel->settings->name);
	snprintf(c.component.description, sizeof c.component.description, "amqp-tun is %s.", state);
	publish(a, &c);
}

static void publish_started(struct announcer *a)
{
	struct envelope_control c = {.kind = ENVELOPE_TUN_STARTED};

	start_write(&c.tun, &a->tunnel->in_force, a->tunnel->settings, bus_session());
	publish(a, &c);
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
		publish_component(a, ENVELOPE_COMPONENT_READY, "connected");
		/* Without an address there is nothing to wait for but tun.start, and that can come now. */
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
		publish_component(a, ENVELOPE_COMPONENT_SHUTDOWN, "going away");
}
