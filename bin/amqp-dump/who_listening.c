#include "who_listening.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_text.h"
#include "packet/lines.h"

enum { SECOND = 1000000000, KEYS_IN_LINE = 300 };

void who_listening_keys(struct text *t, const struct listener *who, size_t most)
{
	unsigned shown = 0;

	for (size_t i = 0, n; i < who->keys_length && i < most; i += n + 1) {
		n = strlen(who->key + i);
		if (shown && i + n > most)
			break;
		text_add(t, "%s%s", shown ? ", " : "", who->key + i);
		shown++;
	}
	if (shown < who->keys)
		text_add(t, "%sand %u more", shown ? " " : "", who->keys - shown);
}

void who_listening_line(struct text *t, const struct listener *who)
{
	char when[64];

	text_add(t, "; listens to %u key%s (", who->keys, who->keys == 1 ? "" : "s");
	who_listening_keys(t, who, KEYS_IN_LINE);
	text_add(t, ")");
	if (who->client[0])
		text_add(t, " as %s", who->client);
	if (!who->readers) {
		text_add(t, ", no reader is known");
		return;
	}
	if (who->user[0])
		text_add(t, ", user %s", who->user);
	if (who->peer[0])
		text_add(t, " from %s", who->peer);
	if (who->since) {
		readable_time(when, sizeof when, who->since);
		text_add(t, " since %.8s", when);
	}
}

static void add_known(struct text *t, const char *name, const char *value)
{
	if (value[0])
		json_text_member(t, name, value);
}

void who_listening_json(struct text *t, const struct listener *who)
{
	text_add(t, ",\"listens\":{\"keys\":%u,\"queues\":%u,\"readers\":%u", who->keys,
	         who->queues, who->readers);
	add_known(t, "user", who->user);
	add_known(t, "peer", who->peer);
	add_known(t, "client", who->client);
	if (who->since)
		text_add(t, ",\"since\":%" PRId64 ".%03" PRId64, who->since / SECOND,
		         who->since % SECOND / 1000000);
	text_add(t, ",\"patterns\":[");
	for (size_t i = 0, n; i < who->keys_length; i += n + 1) {
		n = strlen(who->key + i);
		text_add(t, "%s", i ? "," : "");
		json_text_add(t, who->key + i, n);
	}
	text_add(t, "]}");
}
