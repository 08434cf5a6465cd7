/* pattern.h - what a routing key's pattern can match. Never asks the broker. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>

#include "base/words.h"

/* 0, or -1 with the reason: no key of an agent can ever match it. Is an option_spec.check. */
int pattern_check(const char *pattern, struct why *why);
/* Whether some message of these tools, or of the old ones, has a key that it matches. */
bool pattern_meets_agents(const char *pattern);

#endif
