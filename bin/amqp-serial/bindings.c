#include "bindings.h"

/* Old radio is worse than none: a second's worth of a fast line, and not older than that. */
enum { FRAMES_OCTETS = 256 << 10, FRAMES_TTL_MS = 1000 };

int bindings_make(struct bindings *b, const struct settings *s, struct why *why)
{
	struct keys *frames = &b->keys[BINDINGS_FRAMES], *control = &b->keys[BINDINGS_CONTROL];

	for (size_t i = 0; i < s->peers.count; i++)
		keys_add(frames, ENVELOPE_SERIAL_PACKET, ENVELOPE_FROM_AGENT, s->peers.item[i], "");
	/* With peers, a router that also runs would deliver everything twice. */
	if (!s->peers.count)
		keys_add(frames, ENVELOPE_SERIAL_PACKET, ENVELOPE_TO_AGENT, s->name, "");
	keys_add(control, ENVELOPE_SERIAL_START, ENVELOPE_TO_AGENT, s->name, "");
	keys_add(control, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "", "");
	/* Another agent with our name is heard by these. */
	keys_add(control, ENVELOPE_SERIAL_STARTED, ENVELOPE_FROM_AGENT, s->name, "");
	keys_add(control, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT, "", "");
	if (keys_queue(&b->queues[BINDINGS_FRAMES], frames, BUS_LIVE, s->name, "serial", why) < 0 ||
	    keys_queue(&b->queues[BINDINGS_CONTROL], control, BUS_CONTROL, s->name, "control",
	               why) < 0)
		return -1;
	b->queues[BINDINGS_FRAMES].max_octets = FRAMES_OCTETS;
	b->queues[BINDINGS_FRAMES].message_ttl_ms = FRAMES_TTL_MS;
	return 0;
}
