#include "agent/agent.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void agent_say(struct bus *b, const char *name, const struct envelope_control *c)
{
	struct envelope_key key = {.kind = c->kind,
	                           .api = (enum envelope_api)bus_options.api,
	                           .direction = ENVELOPE_FROM_AGENT};
	char text[ENVELOPE_KEY_MAX + 1], body[ENVELOPE_CONTROL_BUILD_MAX];

	snprintf(key.name, sizeof key.name, "%s", name);
	if (envelope_key_build(text, sizeof text, &key) < 0)
		return;
	long length = envelope_control_build(body, sizeof body, c, key.api);
	if (length < 0 || !bus_post(b, text, body, (size_t)length))
		log_warning("%s: cannot be published", text);
	else
		log_info("published %s", text);
}

void agent_say_state(struct bus *b, const char *name, enum envelope_kind kind, const char *state)
{
	struct envelope_control c = {.kind = kind};

	snprintf(c.component.component, sizeof c.component.component, "%s", name);
	snprintf(c.component.description, sizeof c.component.description, "%s is %s.", log_name(),
	         state);
	agent_say(b, name, &c);
}

enum agent_verdict agent_hear(struct envelope_control *c, struct envelope_key *key,
                              const struct bus_message *m)
{
	struct envelope_fault fault = {0, 0, ""};
	int error = envelope_key_parse(key, m->key, m->key_length);

	if (error == ENVELOPE_OK)
		error = envelope_control_parse(c, key, (const char *)m->body, m->length, &fault);
	if (error == ENVELOPE_OK)
		return AGENT_READ;
	log_info("%s: %s (%s, offset %zu)", m->key, envelope_strerror(error),
	         fault.field[0] ? fault.field : "body", fault.offset);
	/* In API v0 several messages share one key: others than ours are nothing wrong. */
	return key->kind == ENVELOPE_SESSION && error == ENVELOPE_EKEY ? AGENT_NOT_OURS
	                                                               : AGENT_UNREADABLE;
}

static bool is_known(const struct agent_namesakes *n, const char *session)
{
	for (unsigned i = 0; i < n->count; i++)
		if (strcmp(n->sessions[i], session) == 0)
			return true;
	return n->count == AGENT_NAMESAKES;
}

enum agent_namesake agent_meet(struct agent_namesakes *n, const char *name, const char *session)
{
	if (strcmp(session, bus_session()) == 0)
		return AGENT_NO_NAMESAKE;
	if (is_known(n, session))
		return AGENT_KNOWN_NAMESAKE;
	snprintf(n->sessions[n->count++], sizeof n->sessions[0], "%s", session);
	log_warning("another agent is called '%s' too: what is for one reaches the other (give one "
	            "of them another -n NAME)",
	            name);
	return AGENT_NEW_NAMESAKE;
}

enum agent_namesake agent_meet_ready(struct agent_namesakes *n, const char *name,
                                     const struct envelope_component *c,
                                     const struct bus_message *m)
{
	char session[ENVELOPE_FIELD_MAX + 1];

	snprintf(session, sizeof session, "%.*s", (int)strcspn(m->message_id, "-"), m->message_id);
	return strcmp(c->component, name) == 0 ? agent_meet(n, name, session) : AGENT_NO_NAMESAKE;
}
