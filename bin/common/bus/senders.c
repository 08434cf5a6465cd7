#include "bus/senders.h"

#include <string.h>

#include "envelope.h"

enum { USER_MAX = 255 }; /* octets: an AMQP short string */

/* The agent that its user has the name of. */
static const char same_name[] = "peer";
static const char router[] = "router";

struct rule {
	const char *name; /* whose; NULL: any agent's that no other rule names */
	size_t name_length;
	const char *user; /* NULL: called as the agent is */
};

static struct rule read_rule(const char *text)
{
	const char *equals = strchr(text, '=');

	if (equals)
		return (struct rule){text, (size_t)(equals - text), equals + 1};
	return (struct rule){.user = strcmp(text, same_name) == 0 ? NULL : text};
}

static bool is_named(const struct rule *r, const char *name)
{
	return r->name && strlen(name) == r->name_length &&
	       memcmp(r->name, name, r->name_length) == 0;
}

int senders_check_rule(const char *text, struct why *why)
{
	struct rule r = read_rule(text);
	char name[ENVELOPE_NAME_MAX + 1];

	if (r.user && (!*r.user || strlen(r.user) > USER_MAX))
		return why_set(why, "a user's name has 1 to %d octets", USER_MAX);
	if (!r.name)
		return 0;
	if (r.name_length <= ENVELOPE_NAME_MAX) {
		memcpy(name, r.name, r.name_length);
		name[r.name_length] = '\0';
		if (envelope_name_check(name) == 0)
			return 0;
	}
	return why_set(why, "must be NAME=USER, router=USER or peer, and no agent can have that "
	                    "name");
}

int senders_check(const struct option_strings *rules, struct why *why)
{
	const char *any = NULL;
	bool others = false;

	for (size_t i = 0; i < rules->count; i++) {
		struct rule r = read_rule(rules->item[i]);

		if (!r.name && r.user && any && strcmp(any, r.user) != 0)
			others = true;
		if (!r.name && r.user)
			any = r.user;
		else if (!is_named(&r, router))
			others = true;
	}
	if (!any || !others)
		return 0;
	return why_set(why,
	               "--require-user '%.100s': may then speak as every agent: say as which "
	               "one (--require-user NAME=%.100s; peer: each user as the agent of its "
	               "name)",
	               any, any);
}

bool senders_speaks_as(const struct senders *s, const char *name, const char *user)
{
	const struct option_strings *rules = &s->required;
	bool named = false, fits = false, fits_any = false;

	if (!rules->count)
		return true;
	if (!*user)
		return false;
	for (size_t i = 0; i < rules->count; i++) {
		struct rule r = read_rule(rules->item[i]);

		if (is_named(&r, router))
			continue;
		if (!r.name)
			fits_any = fits_any || strcmp(r.user ? r.user : name, user) == 0;
		else if (is_named(&r, name)) {
			named = true;
			fits = fits || strcmp(r.user, user) == 0;
		}
	}
	return named ? fits : fits_any;
}

static bool is_router(const struct senders *s, const char *user)
{
	const struct option_strings *rules = &s->required;

	for (size_t i = 0; i < rules->count; i++) {
		struct rule r = read_rule(rules->item[i]);

		if (is_named(&r, router) && strcmp(r.user, user) == 0)
			return true;
	}
	return !rules->count;
}

bool senders_controls(const struct senders *s, const char *user)
{
	const struct option_strings *from = &s->control;

	for (size_t i = 0; i < from->count; i++)
		if (strcmp(from->item[i], user) == 0)
			return true;
	return !from->count && is_router(s, user);
}

bool senders_has_controller(const struct senders *s)
{
	bool found = s->control.count || !s->required.count;

	for (size_t i = 0; i < s->required.count && !found; i++) {
		struct rule r = read_rule(s->required.item[i]);

		found = is_named(&r, router);
	}
	return found;
}

/* Of a key that names no agent: the body does. */
static bool is_anybody(const struct senders *s, const char *user)
{
	const struct option_strings *rules = &s->required;
	bool known = senders_controls(s, user);

	for (size_t i = 0; i < rules->count && !known; i++) {
		struct rule r = read_rule(rules->item[i]);

		known = !r.user || strcmp(r.user, user) == 0;
	}
	return known && *user;
}

bool senders_fit(const struct senders *s, const char *text, size_t length, const char *user)
{
	struct envelope_key key;

	if (!s->required.count)
		return true;
	if (envelope_key_parse(&key, text, length) < 0)
		return false;
	switch (key.kind) {
	case ENVELOPE_COMPONENT_READY:
	case ENVELOPE_COMPONENT_SHUTDOWN:
	case ENVELOPE_SESSION:
		return is_anybody(s, user);
	case ENVELOPE_TERMINATE:
	case ENVELOPE_LOSSY_LINK_START:
	case ENVELOPE_TUN_START:
	case ENVELOPE_SERIAL_START:
		return senders_controls(s, user);
	case ENVELOPE_TUN_CONTROL:
		if (key.direction == ENVELOPE_TO_AGENT)
			return senders_controls(s, user);
		break;
	default:
		break;
	}
	return key.direction == ENVELOPE_TO_AGENT ? is_router(s, user)
	                                          : senders_speaks_as(s, key.name, user);
}
