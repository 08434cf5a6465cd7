#include "bindings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "log.h"
#include "tunnel.h"

static const char *copy(const char *text)
{
	const char *made = strdup(text);

	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

static void add_pattern(struct bindings *b, unsigned queue, struct envelope_key key, enum envelope_api api)
{
	char text[ENVELOPE_KEY_MAX + 1];

	key.api = api;
	if (envelope_key_write(text, sizeof text, &key) < 0)
		die(EXIT_USAGE, "'%s': makes a routing key that is too long", key.name);
	b->patterns[queue][b->counts[queue]++] = copy(text);
}

/* In both versions of the API, where both have it. */
static void add_key(struct bindings *b, unsigned queue, enum envelope_kind kind, enum envelope_direction direction,
                    const char *name, const char *peer)
{
	struct envelope_key key = {.kind = kind, .direction = direction};

	snprintf(key.name, sizeof key.name, "%s", name);
	snprintf(key.peer, sizeof key.peer, "%s", peer);
	add_pattern(b, queue, key, ENVELOPE_V1);
	if (!*peer)
		add_pattern(b, queue, key, ENVELOPE_V0);
}

static void bind_peer(struct bindings *b, const char *self, const char *peer)
{
	add_key(b, BINDINGS_DATA, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, peer, "");
	add_key(b, BINDINGS_DATA, ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, peer, self);
	add_key(b, BINDINGS_CONTROL, ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, peer, "");
}

static void name_queue(struct bindings *b, unsigned queue, enum bus_queue_kind kind, const char *format,
                       const char *name)
{
	char text[ENVELOPE_NAME_MAX + 32];

	snprintf(text, sizeof text, format, name);
	b->queues[queue] = (struct bus_queue){.kind = kind, .name = copy(text), .bindings = b->patterns[queue]};
}

void bindings_make(struct bindings *b, const struct settings *s)
{
	*b = (struct bindings){.counts = {0}};
	for (unsigned i = 0; i < s->peer_count; i++)
		bind_peer(b, s->name, s->peers[i]);
	/* With peers, a router that also runs would deliver everything twice. */
	if (s->peer_count == 0)
		add_key(b, BINDINGS_DATA, ENVELOPE_TUN_PACKET, ENVELOPE_TO_AGENT, s->name, "");
	add_key(b, BINDINGS_CONTROL, ENVELOPE_TUN_START, ENVELOPE_TO_AGENT, s->name, "");
	add_key(b, BINDINGS_CONTROL, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "", "");
	/* Another agent with our name is heard by these. In API v0, ready and terminate have one key. */
	add_key(b, BINDINGS_CONTROL, ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, s->name, "");
	add_pattern(b, BINDINGS_CONTROL, (struct envelope_key){.kind = ENVELOPE_COMPONENT_READY}, ENVELOPE_V1);
	name_queue(b, BINDINGS_DATA, BUS_LIVE, "framebus.%s.tun", s->name);
	b->queues[BINDINGS_DATA].max_octets = TUNNEL_QUEUE_OCTETS;
	b->queues[BINDINGS_DATA].max_messages = TUNNEL_QUEUE_MESSAGES;
	name_queue(b, BINDINGS_CONTROL, BUS_CONTROL, "framebus.%s.control", s->name);
}

void bindings_free(struct bindings *b)
{
	for (unsigned queue = 0; queue < BINDINGS_QUEUES; queue++) {
		for (unsigned i = 0; i < b->counts[queue]; i++)
			free((char *)b->patterns[queue][i]);
		free((char *)b->queues[queue].name);
	}
	*b = (struct bindings){.counts = {0}};
}
