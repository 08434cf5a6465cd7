#include "agent/agent.h"

#include <stddef.h>
#include <string.h>

#include "base/options.h"
#include "envelope.h"

enum { NUMBER_MAX = 254 };

_Static_assert(ENVELOPE_NAME_MAX == 100, "the words below say so");

const char *agent_name_unfit(const char *name)
{
	return envelope_name_check(name) < 0
	               ? "must be 1 to 100 characters without dots, '*', '#' and blanks"
	               : NULL;
}

void agent_check_name(const char *option, const char *name)
{
	const char *why = agent_name_unfit(name);

	if (why)
		usage_error("--%s '%s': %s", option, name, why);
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
