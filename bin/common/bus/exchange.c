#include "bus/exchange.h"

#include <stdbool.h>
#include <string.h>

static bool is_wildcard(const char *word, size_t length)
{
	return length == 1 && (*word == '*' || *word == '#');
}

int exchange_check_key(const char *exchange, const char *key, struct why *why)
{
	if (strcmp(exchange, "amq.direct") != 0)
		return 0;
	for (const char *word = key;; word++) {
		size_t length = strcspn(word, ".");

		if (is_wildcard(word, length))
			return why_set(why,
			               "'%s': %s is a direct exchange, where wildcards match "
			               "nothing (name whole keys, or a topic exchange with -e)",
			               key, exchange);
		word += length;
		if (!*word)
			return 0;
	}
}
