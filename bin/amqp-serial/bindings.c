#include "bindings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope.h"
#include "log.h"

/* Old radio is worse than none: a second's worth of a fast line, and not older than that. */
enum { FRAMES_OCTETS = 256 << 10, FRAMES_TTL_MS = 1000 };

static const char *copy(const char *text)
{
	const char *made = strdup(text);

	if (!made)
		die(EXIT_RUNNING, "out of memory");
	return made;
}

static void bind(struct bindings *b, unsigned queue, enum envelope_kind kind, enum envelope_direction direction,
                 const char *name)
{
	char text[ENVELOPE_KEY_MAX + 1];

	for (int api = ENVELOPE_V1; api <= ENVELOPE_V0; api++) {
		struct envelope_key key = {.kind = kind, .api = (enum envelope_api)api, .direction = direction};

		snprintf(key.name, sizeof key.name, "%s", name);
		int length = envelope_key_write(text, sizeof text, &key);
		if (length == ENVELOPE_EKEY)
			continue; /* this API has no such message */
		if (length < 0)
			die(EXIT_USAGE, "'%s': makes a routing key that is too long", name);
		b->patterns[queue][b->counts[queue]++] = copy(text);
	}
}

static struct bus_queue queue(const struct bindings *b, unsigned index, enum bus_queue_kind kind, const char *name,
                              const char *device)
{
	char text[ENVELOPE_NAME_MAX + 32];

	snprintf(text, sizeof text, "framebus.%s.%s", name, device);
	return (struct bus_queue){.kind = kind, .name = copy(text), .bindings = b->patterns[index]};
}

void bindings_make(struct bindings *b, const struct settings *s)
{
	*b = (struct bindings){.counts = {0}};
	for (size_t i = 0; i < s->peers.count; i++)
		bind(b, BINDINGS_FRAMES, ENVELOPE_SERIAL_PACKET, ENVELOPE_FROM_AGENT, s->peers.item[i]);
	/* With peers, a router that also runs would deliver everything twice. */
	if (!s->peers.count)
		bind(b, BINDINGS_FRAMES, ENVELOPE_SERIAL_PACKET, ENVELOPE_TO_AGENT, s->name);
	bind(b, BINDINGS_CONTROL, ENVELOPE_SERIAL_START, ENVELOPE_TO_AGENT, s->name);
	bind(b, BINDINGS_CONTROL, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "");
	/* Another agent with our name is heard by these. */
	bind(b, BINDINGS_CONTROL, ENVELOPE_SERIAL_STARTED, ENVELOPE_FROM_AGENT, s->name);
	b->patterns[BINDINGS_CONTROL][b->counts[BINDINGS_CONTROL]++] = "testingtool.component.ready";
	b->queues[BINDINGS_FRAMES] = queue(b, BINDINGS_FRAMES, BUS_LIVE, s->name, "serial");
	b->queues[BINDINGS_FRAMES].max_octets = FRAMES_OCTETS;
	b->queues[BINDINGS_FRAMES].message_ttl_ms = FRAMES_TTL_MS;
	b->queues[BINDINGS_CONTROL] = queue(b, BINDINGS_CONTROL, BUS_CONTROL, s->name, "control");
}
