#include "agent/say.h"

#include <stdio.h>

#include "agent/keys.h"
#include "base/limit.h"
#include "base/log.h"

void say_control(struct publisher *p, const char *name, enum envelope_api api,
                 const struct envelope_control *c)
{
	enum envelope_api of_kind = c->kind == ENVELOPE_ALIVE ? ENVELOPE_OWN : api;
	char key[ENVELOPE_KEY_MAX + 1], body[ENVELOPE_CONTROL_BUILD_MAX];
	struct why why;

	if (keys_write(key, c->kind, of_kind, ENVELOPE_FROM_AGENT, name, "", &why) < 0) {
		log_warning("%s", why.text);
		return;
	}
	long length = envelope_control_build(body, sizeof body, c, of_kind);
	if (length < 0 || !publisher_post(p, key, body, (size_t)length))
		limited_warning("%s: cannot be published", key);
	else
		limited_info("published %s", key);
}

void say_state(struct publisher *p, const char *name, enum envelope_api api,
               enum envelope_kind kind, const char *state)
{
	struct envelope_control c = {.kind = kind};

	snprintf(c.component.component, sizeof c.component.component, "%s", name);
	snprintf(c.component.description, sizeof c.component.description, "%s is %s.", log_name(),
	         state);
	say_control(p, name, api, &c);
}
