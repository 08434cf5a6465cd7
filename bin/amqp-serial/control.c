#include "control.h"

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "loop.h"
#include "stats.h"

enum counters { RECEIVED, HANDLED, IGNORED, REJECTED, NAMESAKES, COUNTERS };
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"},
	[HANDLED] = {.name = "handled"},
	[IGNORED] = {.name = "ignored"},
	[REJECTED] = {.name = "rejected"},
	[NAMESAKES] = {.name = "namesakes"},
};

void control_open(struct control *c, struct station *st)
{
	*c = (struct control){.station = st};
	stats_register("control", counters, COUNTERS);
}

static bool is_known_namesake(const struct control *c, const char *session)
{
	for (unsigned i = 0; i < c->namesake_count; i++)
		if (strcmp(c->namesakes[i], session) == 0)
			return true;
	return c->namesake_count == CONTROL_NAMESAKES;
}

/* session "": an old agent, which has none. */
static enum counters take_namesake(struct control *c, const char *session)
{
	if (strcmp(session, bus_session()) == 0)
		return IGNORED;
	if (is_known_namesake(c, session))
		return HANDLED;
	snprintf(c->namesakes[c->namesake_count++], sizeof c->namesakes[0], "%s", session);
	stats_add(&counters[NAMESAKES], 1);
	log_warning("another agent is called '%s' too: what is for one reaches both (give one of them another -n NAME)",
	            c->station->settings->name);
	/* So that it notices too. */
	station_announce_again(c->station);
	return HANDLED;
}

static enum counters take_ready(struct control *c, const struct bus_message *m,
                                const struct envelope_component *component)
{
	char session[ENVELOPE_FIELD_MAX + 1];

	if (strcmp(component->component, c->station->settings->name) != 0)
		return IGNORED;
	snprintf(session, sizeof session, "%.*s", (int)strcspn(m->message_id, "-"), m->message_id);
	return take_namesake(c, session);
}

static enum counters take_start(struct control *c, const struct envelope_serial *asked)
{
	const struct settings *s = c->station->settings;

	if (asked->port[0] && strcmp(asked->port, s->port) != 0)
		log_info("serial.start asks for the port %s: %s stays in force", asked->port, s->port);
	station_announce_again(c->station);
	return HANDLED;
}

static enum counters take(struct control *c, const struct bus_message *m)
{
	struct envelope_key key;
	struct envelope_control control;
	struct envelope_fault fault = {0, ""};
	int error = envelope_key_read(&key, m->key, m->key_length);

	if (error == ENVELOPE_OK)
		error = envelope_control_read_fault(&control, &key, (const char *)m->body, m->length, &fault);
	if (error < 0) {
		log_info("%s: %s (%s, offset %zu)", m->key, envelope_strerror(error),
		         fault.field[0] ? fault.field : "body", fault.offset);
		/* In API v0 several messages share one key: others than ours are nothing wrong. */
		return key.kind == ENVELOPE_SESSION && error == ENVELOPE_EKEY ? IGNORED : REJECTED;
	}
	switch (control.kind) {
	case ENVELOPE_SERIAL_START:
		return take_start(c, &control.serial);
	case ENVELOPE_SERIAL_STARTED:
		return take_namesake(c, control.serial.session);
	case ENVELOPE_COMPONENT_READY:
		return take_ready(c, m, &control.component);
	case ENVELOPE_TERMINATE:
		log_info("%s: stopping", m->key);
		loop_stop(EXIT_OK);
		return HANDLED;
	default:
		return IGNORED;
	}
}

void control_take(struct control *c, const struct bus_message *m)
{
	stats_add(&counters[RECEIVED], 1);
	stats_add(&counters[take(c, m)], 1);
}
