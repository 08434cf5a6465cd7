#include "agent/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/loop.h"

static enum commands_counted reject(const struct bus_message *m, const struct envelope_key *key,
                                    int error, const struct envelope_fault *fault)
{
	limited_info("%s: %s (%s, offset %zu)", m->key, envelope_strerror(error),
	             fault->field[0] ? fault->field : "body", fault->offset);
	/* In API v0 several messages share one key: others than ours are nothing wrong. */
	return key->kind == ENVELOPE_SESSION && error == ENVELOPE_EKEY ? COMMANDS_IGNORED
	                                                               : COMMANDS_REJECTED;
}

/* --- other agents of our name --- */

static enum commands_counted note_namesake(struct commands *c, const char *run)
{
	switch (namesakes_note(&c->namesakes, c->name, run)) {
	case NAMESAKES_SELF:
		return COMMANDS_IGNORED;
	case NAMESAKES_NEW:
		stats_add(&c->counters[COMMANDS_NAMESAKES], 1);
		c->meet_namesake(c->context);
		return COMMANDS_HANDLED;
	default:
		return COMMANDS_HANDLED;
	}
}

/* The message id begins with it. */
static void read_run(char run[ENVELOPE_FIELD_MAX + 1], const struct bus_message *m)
{
	snprintf(run, ENVELOPE_FIELD_MAX + 1, "%.*s", (int)strcspn(m->message_id, "-"),
	         m->message_id);
}

/* A peer of ours need not be missed three times. Its key says nobody's name, either. */
static enum commands_counted handle_shutdown(struct commands *c, const struct bus_message *m,
                                             const struct envelope_component *said)
{
	char run[ENVELOPE_FIELD_MAX + 1];

	read_run(run, m);
	if (!liveness_is_run(&c->liveness, said->component, run))
		return COMMANDS_IGNORED;
	if (!senders_speaks_as(c->senders, said->component, m->user))
		return COMMANDS_REFUSED;
	liveness_leave(&c->liveness, said->component);
	return COMMANDS_HANDLED;
}

/* Every agent sends it: its run is that of the message id. Its key says nobody's name: whether it
 * may use ours was not checked yet. */
static enum commands_counted handle_ready(struct commands *c, const struct bus_message *m,
                                          const struct envelope_component *said)
{
	char run[ENVELOPE_FIELD_MAX + 1];

	if (strcmp(said->component, c->name) != 0)
		return COMMANDS_IGNORED;
	if (!senders_speaks_as(c->senders, said->component, m->user))
		return COMMANDS_REFUSED;
	read_run(run, m);
	return note_namesake(c, run);
}

/* --- who is obeyed --- */

static bool is_command(enum envelope_kind kind)
{
	return kind == ENVELOPE_TERMINATE || kind == ENVELOPE_TUN_START ||
	       kind == ENVELOPE_SERIAL_START || kind == ENVELOPE_LOSSY_LINK_START;
}

/* A key that an agent speaks under itself. */
static bool is_agents_own(const struct envelope_key *key)
{
	return key->api == ENVELOPE_OWN || (key->name[0] && key->direction == ENVELOPE_FROM_AGENT);
}

static bool is_obeyed(const struct commands *c, const struct bus_message *m,
                      const struct envelope_key *key)
{
	if (!is_agents_own(key) && senders_controls(c->senders, m->user))
		return true;
	if (is_agents_own(key))
		limited_warning("%s: refused: an agent's own key is none to control others by",
		                m->key);
	else if (m->user[0])
		limited_warning("%s of user '%s': refused: is no --control-from, nor a "
		                "--require-user router=USER",
		                m->key, m->user);
	else
		limited_warning("%s: refused: the broker does not vouch for who sent it (the "
		                "sender sets the property user_id)",
		                m->key);
	return false;
}

/* --- all of them --- */

static enum commands_counted handle(struct commands *c, const struct bus_message *m,
                                    const struct envelope_key *key,
                                    const struct envelope_control *said)
{
	if (is_command(said->kind) && !is_obeyed(c, m, key))
		return COMMANDS_REFUSED;
	if (said->kind == ENVELOPE_TERMINATE) {
		log_warning("%s: stopping", m->key);
		loop_stop(EXIT_OK);
		return COMMANDS_HANDLED;
	}
	if (said->kind == ENVELOPE_COMPONENT_READY)
		return handle_ready(c, m, &said->component);
	if (said->kind == ENVELOPE_COMPONENT_SHUTDOWN)
		return handle_shutdown(c, m, &said->component);
	if (said->kind == ENVELOPE_ALIVE) {
		liveness_note(&c->liveness, key->name, monotonic_ns());
		liveness_note_run(&c->liveness, key->name, said->alive.session);
		liveness_is_here(&c->liveness, key->name, NULL);
		return COMMANDS_HANDLED;
	}
	if (said->kind == c->started && strcmp(key->name, c->name) == 0)
		return note_namesake(c, said->kind == ENVELOPE_TUN_STARTED ? said->tun.session
		                                                           : said->serial.session);
	if (said->kind == ENVELOPE_TUN_STARTED) {
		liveness_note_run(&c->liveness, key->name, said->tun.session);
		liveness_is_here(&c->liveness, key->name, said->tun.encodings);
	}
	return c->handle(c->context, m, key, said);
}

static enum commands_counted parse_and_handle(struct commands *c, const struct bus_message *m)
{
	struct envelope_key key;
	struct envelope_control said;
	struct envelope_fault fault = {0, 0, ""};
	int error = envelope_key_parse(&key, m->key, m->key_length);

	if (error == ENVELOPE_OK)
		error = envelope_control_parse(&said, &key, (const char *)m->body, m->length,
		                               &fault);
	return error == ENVELOPE_OK ? handle(c, m, &key, &said) : reject(m, &key, error, &fault);
}

void commands_handle(struct commands *c, const struct bus_message *m)
{
	stats_add(&c->counters[COMMANDS_RECEIVED], 1);
	stats_add(&c->counters[parse_and_handle(c, m)], 1);
}

void commands_open(struct commands *c)
{
	static const char *const names[COMMANDS_COUNTERS] = {
		[COMMANDS_RECEIVED] = "received", [COMMANDS_HANDLED] = "handled",
		[COMMANDS_IGNORED] = "ignored",   [COMMANDS_REFUSED] = "refused",
		[COMMANDS_REJECTED] = "rejected", [COMMANDS_NAMESAKES] = "namesakes",
	};

	for (unsigned i = 0; i < COMMANDS_COUNTERS; i++)
		c->counters[i].name = names[i];
	stats_register("control", c->counters, COMMANDS_COUNTERS);
}
