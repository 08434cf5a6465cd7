#include "unrouted.h"

#include "base/limit.h"
#include "batch.h"

static bool is_first(struct tunnel *t, enum batches_key key)
{
	return !(atomic_fetch_or(&t->unheard, 1u << key) >> key & 1);
}

static void tell(struct tunnel *t, const struct bus_message *m, enum batches_key key)
{
	const struct settings *s = t->settings;
	struct envelope_key parsed;
	int peer = peers_plain(t->peers);
	const char *name = s->peer_count ? s->peers[peer >= 0 ? peer : 0] : "";

	if (!is_first(t, key))
		return;
	if (key == BATCHES_OWN && envelope_key_parse(&parsed, m->key, m->key_length) == 0 &&
	    parsed.peer[0])
		name = parsed.peer;
	if (key == BATCHES_DIRECT)
		limited_info("nobody listens to %s", m->key);
	else if (s->peer_count)
		limited_warning("nobody listens to %s (is %s running with --peer %s?)", m->key,
		                name, s->name);
	else
		limited_warning("nobody listens to %s (is a router running?)", m->key);
}

/* To the peers that it was for and that can be reached directly. */
static void send_directly(struct tunnel *t, const struct bus_message *m)
{
	static uint8_t octets[ENVELOPE_PACKET_MAX];
	struct envelope_packet p;
	struct envelope_fault fault;
	struct ends ends;

	if (m->body &&
	    envelope_json_parse(&p, octets, sizeof octets, (const char *)m->body, m->length,
	                        &fault) == ENVELOPE_OK &&
	    check_read(&ends, p.data, p.length) == CHECK_PASSED)
		batches_send_directly(t->batches,
		                      peers_receiver(t->peers, ends.family, ends.destination),
		                      p.time_ns, m->body, m->length);
}

void unrouted_handle(void *tunnel, const struct bus_message *m)
{
	struct tunnel *t = tunnel;
	unsigned peer;
	enum batches_key key = batches_key(t->batches, m->key, &peer);

	tell(t, m, key);
	if (key == BATCHES_PLAIN && t->settings->peer_count) {
		peers_note_nobody(t->peers);
		send_directly(t, m);
	} else if (key == BATCHES_DIRECT) {
		peers_note_unreached(t->peers, peer);
	}
}
