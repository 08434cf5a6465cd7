#include "agent/names.h"

#include <string.h>

#include "envelope.h"

enum { NUMBER_MAX = 254 };

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
		if (strchr(name, ','))
			return why_set(why,
			               "--peer '%.100s': has a comma: each peer has a --peer "
			               "of its own",
			               name);
		if (strcmp(name, own) == 0)
			return why_set(why, "--peer '%s': is this agent's own name", name);
		if (is_among(peers, i, name))
			return why_set(why, "--peer '%s': is given twice", name);
	}
	return 0;
}

const char *agent_number(const char *name)
{
	const char *number = strrchr(name, '_');
	unsigned value = 0;

	if (!number || number[1] < '1' || number[1] > '9' || strlen(number + 1) > 3)
		return NULL;
	for (const char *digit = ++number; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return NULL;
		value = 10 * value + (unsigned)(*digit - '0');
	}
	return value <= NUMBER_MAX ? number : NULL;
}
