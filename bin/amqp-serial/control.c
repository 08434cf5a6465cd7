#include "control.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/stats.h"

enum counters { RECEIVED, HANDLED, IGNORED, REJECTED, NAMESAKES, COUNTERS };
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"},   [HANDLED] = {.name = "handled"},
	[IGNORED] = {.name = "ignored"},     [REJECTED] = {.name = "rejected"},
	[NAMESAKES] = {.name = "namesakes"},
};

void control_open(struct control *c, struct station *st)
{
	*c = (struct control){.station = st};
	stats_register("control", counters, COUNTERS);
}

static enum counters take_namesake(struct control *c, enum agent_namesake met)
{
	if (met == AGENT_NEW_NAMESAKE) {
		stats_add(&counters[NAMESAKES], 1);
		/* So that it notices too. */
		station_announce_again(c->station);
	}
	return met == AGENT_NO_NAMESAKE ? IGNORED : HANDLED;
}

static enum counters take_start(struct control *c, const struct envelope_serial *asked)
{
	const struct settings *s = c->station->settings;

	if (asked->port[0] && strcmp(asked->port, s->port.path) != 0)
		log_info("serial.start asks for the port %s: %s stays in force", asked->port,
		         s->port.path);
	station_announce_again(c->station);
	return HANDLED;
}

static enum counters take(struct control *c, const struct bus_message *m)
{
	const char *name = c->station->settings->name;
	struct envelope_key key;
	struct envelope_control control;
	enum agent_verdict verdict = agent_hear(&control, &key, m);

	if (verdict != AGENT_READ)
		return verdict == AGENT_NOT_OURS ? IGNORED : REJECTED;
	switch (control.kind) {
	case ENVELOPE_SERIAL_START:
		return take_start(c, &control.serial);
	case ENVELOPE_SERIAL_STARTED:
		return take_namesake(c, agent_meet(&c->namesakes, name, control.serial.session));
	case ENVELOPE_COMPONENT_READY:
		return take_namesake(c,
		                     agent_meet_ready(&c->namesakes, name, &control.component, m));
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
