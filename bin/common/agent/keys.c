#include "agent/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const char *copy(const char *text)
{
	const char *made = strdup(text);

	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

/* API v0 has one key for several messages. */
static bool is_there(const struct keys *k, const char *pattern)
{
	for (unsigned i = 0; i < k->count; i++)
		if (strcmp(k->patterns[i], pattern) == 0)
			return true;
	return false;
}

void keys_add(struct keys *k, enum envelope_kind kind, enum envelope_direction direction,
              const char *name, const char *peer)
{
	struct envelope_key key = {.kind = kind, .direction = direction};
	char text[ENVELOPE_KEY_MAX + 1];

	snprintf(key.name, sizeof key.name, "%s", name);
	snprintf(key.peer, sizeof key.peer, "%s", peer);
	for (int api = ENVELOPE_V1; api <= ENVELOPE_V0; api++) {
		key.api = (enum envelope_api)api;
		int length = envelope_key_build(text, sizeof text, &key);
		if (length == ENVELOPE_EKEY)
			continue; /* this API has no such message */
		if (length < 0)
			die(EXIT_USAGE, "'%s': makes a routing key that is too long", name);
		if (!is_there(k, text) && k->count < KEYS_MAX)
			k->patterns[k->count++] = copy(text);
	}
}

struct bus_queue keys_queue(const struct keys *k, enum bus_queue_kind kind, const char *name,
                            const char *device)
{
	char text[ENVELOPE_NAME_MAX + 32];

	snprintf(text, sizeof text, "framebus.%s.%s", name, device);
	return (struct bus_queue){.kind = kind, .name = copy(text), .bindings = k->patterns};
}
