#include "agent/names.h"

#include <string.h>

#include "envelope.h"

int agent_name_check(const char *name, struct why *why)
{
	if (envelope_name_check(name) == 0)
		return 0;
	return why_set(why, "must be 1 to %d characters without dots, '*', '#' and blanks",
	               ENVELOPE_NAME_MAX);
}

static bool is_among(const struct option_strings *peers, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(peers->item[i], name) == 0)
			return true;
	return false;
}

int agent_peers_check(const struct option_strings *peers, const char *own, struct why *why)
{
	struct why reason;

	for (size_t i = 0; i < peers->count; i++) {
		const char *name = peers->item[i];

		if (agent_name_check(name, &reason) < 0)
			return why_set(why, "--peer '%.100s': %s", name, reason.text);
		if (strcmp(name, own) == 0)
			return why_set(why, "--peer '%s': is this agent's own name", name);
		if (is_among(peers, i, name))
			return why_set(why, "--peer '%s': is given twice", name);
	}
	return 0;
}
