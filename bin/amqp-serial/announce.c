#include "announce.h"

#include <stdio.h>

#include "envelope.h"
#include "log.h"
#include "options.h"

static void publish(struct announcer *a, const struct envelope_control *c)
{
	struct envelope_key key = {
		.kind = c->kind, .api = (enum envelope_api)bus_options.api, .direction = ENVELOPE_FROM_AGENT};
	char text[ENVELOPE_KEY_MAX + 1], body[ENVELOPE_CONTROL_WRITE_MAX];

	snprintf(key.name, sizeof key.name, "%s", a->station->settings->name);
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

	snprintf(c.component.component, sizeof c.component.component, "%s", a->station->settings->name);
	snprintf(c.component.description, sizeof c.component.description, "amqp-serial is %s.", state);
	publish(a, &c);
}

static void publish_started(struct announcer *a)
{
	const struct settings *s = a->station->settings;
	struct envelope_control c = {.kind = ENVELOPE_SERIAL_STARTED};

	snprintf(c.serial.name, sizeof c.serial.name, "%s", s->name);
	snprintf(c.serial.port, sizeof c.serial.port, "%s", s->port);
	snprintf(c.serial.boudrate, sizeof c.serial.boudrate, "%u", (unsigned)s->baud);
	snprintf(c.serial.session, sizeof c.serial.session, "%s", bus_session());
	publish(a, &c);
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
		publish_component(a, ENVELOPE_COMPONENT_READY, "connected");
		due = true;
	}
	if (due)
		publish_started(a);
	report_ready();
}

void announce_shutdown(struct announcer *a)
{
	if (bus_is_open(a->bus))
		publish_component(a, ENVELOPE_COMPONENT_SHUTDOWN, "going away");
}
