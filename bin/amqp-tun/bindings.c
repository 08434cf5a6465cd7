#include "bindings.h"

#include "tunnel.h"

static void bind_peer(struct bindings *b, const char *self, const char *peer)
{
	keys_add(&b->keys[BINDINGS_DATA], ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, peer, "");
	keys_add(&b->keys[BINDINGS_DATA], ENVELOPE_TUN_PACKET, ENVELOPE_FROM_AGENT, peer, self);
	keys_add(&b->keys[BINDINGS_CONTROL], ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, peer, "");
}

int bindings_make(struct bindings *b, const struct settings *s, struct why *why)
{
	struct keys *data = &b->keys[BINDINGS_DATA], *control = &b->keys[BINDINGS_CONTROL];

	for (unsigned i = 0; i < s->peer_count; i++)
		bind_peer(b, s->name, s->peers[i]);
	/* With peers, a router that also runs would deliver everything twice. */
	if (s->peer_count == 0)
		keys_add(data, ENVELOPE_TUN_PACKET, ENVELOPE_TO_AGENT, s->name, "");
	keys_add(control, ENVELOPE_TUN_START, ENVELOPE_TO_AGENT, s->name, "");
	keys_add(control, ENVELOPE_TERMINATE, ENVELOPE_TO_AGENT, "", "");
	/* Another agent with our name is heard by these. */
	keys_add(control, ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, s->name, "");
	keys_add(control, ENVELOPE_COMPONENT_READY, ENVELOPE_FROM_AGENT, "", "");
	if (keys_queue(&b->queues[BINDINGS_DATA], data, BUS_LIVE, s->name, "tun", why) < 0 ||
	    keys_queue(&b->queues[BINDINGS_CONTROL], control, BUS_CONTROL, s->name, "control",
	               why) < 0)
		return -1;
	b->queues[BINDINGS_DATA].max_octets = TUNNEL_QUEUE_OCTETS;
	b->queues[BINDINGS_DATA].max_messages = TUNNEL_QUEUE_MESSAGES;
	return 0;
}
