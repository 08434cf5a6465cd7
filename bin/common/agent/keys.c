#include "agent/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct envelope_key make_key(enum envelope_kind kind, enum envelope_direction direction,
                                    const char *name, const char *peer)
{
	struct envelope_key key = {.kind = kind, .direction = direction};

	snprintf(key.name, sizeof key.name, "%s", name);
	snprintf(key.peer, sizeof key.peer, "%s", peer);
	return key;
}

/* The length, or a negative ENVELOPE_E…: of them ENVELOPE_EKEY, this API has no such message. */
static int write_key(char out[ENVELOPE_KEY_MAX + 1], struct envelope_key *key,
                     enum envelope_api api, struct why *why)
{
	int length;

	key->api = api;
	length = envelope_key_build(out, ENVELOPE_KEY_MAX + 1, key);
	if (length < 0)
		why_set(why, "'%s': makes no routing key: %s", key->name,
		        envelope_strerror(length));
	return length;
}

int keys_write(char out[ENVELOPE_KEY_MAX + 1], enum envelope_kind kind, enum envelope_api api,
               enum envelope_direction direction, const char *name, const char *peer,
               struct why *why)
{
	struct envelope_key key = make_key(kind, direction, name, peer);

	return write_key(out, &key, api, why) < 0 ? -1 : 0;
}

/* API v0 has one key for several messages, and some keys are the same in both. */
static bool is_there(const struct keys *k, const char *pattern)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->patterns[i], pattern) == 0)
			return true;
	return false;
}

/* For one more, and the NULL. */
static bool make_room(struct keys *k)
{
	size_t room = k->room ? 2 * k->room : 16;
	char **grown;

	if (k->count + 1 < k->room)
		return true;
	grown = realloc(k->patterns, room * sizeof *grown);
	if (!grown)
		return false;
	k->patterns = grown;
	k->room = room;
	return true;
}

static int append(struct keys *k, const char *pattern)
{
	char *copy = strdup(pattern);

	if (!copy || !make_room(k)) {
		free(copy);
		return why_set(&k->why, "no memory for the routing key %s", pattern);
	}
	k->patterns[k->count++] = copy;
	k->patterns[k->count] = NULL;
	return 0;
}

static void add(struct keys *k, enum envelope_api api, enum envelope_kind kind,
                enum envelope_direction direction, const char *name, const char *peer)
{
	struct envelope_key key = make_key(kind, direction, name, peer);
	char text[ENVELOPE_KEY_MAX + 1];
	int length;

	if (k->failed)
		return;
	length = write_key(text, &key, api, &k->why);
	if (length != ENVELOPE_EKEY)
		k->failed = length < 0 || (!is_there(k, text) && append(k, text) < 0);
}

void keys_add(struct keys *k, enum envelope_kind kind, enum envelope_direction direction,
              const char *name, const char *peer)
{
	for (int api = ENVELOPE_V1; api <= ENVELOPE_OWN; api++)
		add(k, (enum envelope_api)api, kind, direction, name, peer);
}

void keys_add_control(struct keys *k, enum envelope_api api, enum envelope_kind kind,
                      enum envelope_direction direction, const char *name)
{
	add(k, ENVELOPE_V1, kind, direction, name, "");
	if (api == ENVELOPE_V0)
		add(k, ENVELOPE_V0, kind, direction, name, "");
	add(k, ENVELOPE_OWN, kind, direction, name, "");
}

void keys_add_published(struct keys *k, enum envelope_api api, enum envelope_kind kind,
                        enum envelope_direction direction, const char *name)
{
	add(k, api, kind, direction, name, "");
}

void keys_add_agent(struct keys *data, struct keys *control, const struct keys_agent *a)
{
	for (size_t i = 0; i < a->peer_count; i++) {
		keys_add(data, a->packet, ENVELOPE_FROM_AGENT, a->peers[i], "");
		keys_add(data, a->packet, ENVELOPE_FROM_AGENT, a->peers[i], a->name);
		keys_add_control(control, a->api, ENVELOPE_ALIVE, ENVELOPE_FROM_AGENT, a->peers[i]);
	}
	if (a->peer_count) {
		keys_add_control(control, a->api, ENVELOPE_COMPONENT_SHUTDOWN, ENVELOPE_FROM_AGENT,
		                 "");
	} else {
		keys_add(data, a->packet, ENVELOPE_TO_AGENT, a->name, "");
		keys_add(data, ENVELOPE_PACKET, ENVELOPE_TO_AGENT, a->name, "");
	}
	keys_add_control(control, a->api, a->start, ENVELOPE_TO_AGENT, a->name);
	keys_add_control(control, a->api, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "");
	/* Another agent of our name is noticed by these. */
	keys_add_control(control, a->api, a->started, ENVELOPE_FROM_AGENT, a->name);
	keys_add_control(control, a->api, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT, "");
}

int keys_check(const struct keys *k, struct why *why)
{
	return k->failed ? why_set(why, "%s", k->why.text) : 0;
}

void keys_free(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->patterns[i]);
	free(k->patterns);
	*k = (struct keys){.count = 0};
}

int keys_queue(struct bus_queue *queue, const struct keys *k, enum bus_queue_kind kind,
               const char *name, const char *device, struct why *why)
{
	char text[ENVELOPE_NAME_MAX + 32];
	char *copy;

	if (keys_check(k, why) < 0)
		return -1;
	if (!k->count)
		return why_set(why, "'%s': no routing key leads to its queue %s", name, device);
	snprintf(text, sizeof text, "framebus.%s.%s", name, device);
	copy = strdup(text);
	if (!copy)
		return why_set(why, "out of memory");
	*queue = (struct bus_queue){
		.kind = kind, .name = copy, .bindings = (const char *const *)k->patterns};
	return 0;
}
