#include "control.h"

#include "base/log.h"
#include "start.h"

static enum bridge_outcome refuse(const char *key, const char *why)
{
	log_warning("%s: refused: %s", key, why);
	return BRIDGE_REFUSED;
}

static enum bridge_outcome handle_start(struct tunnel *t, const char *key,
                                        const struct envelope_tun *tun)
{
	struct configuration wanted;
	struct why keeper_why;
	const char *why;

	if (atomic_load(&t->device) >= 0) {
		bridge_announce_again(&t->bridge);
		return BRIDGE_HANDLED;
	}
	if (start_read(&wanted, tun, t->settings, &why) < 0)
		return refuse(key, why);
	why = settings_refusal(t->settings, &wanted);
	if (why)
		return refuse(key, why);
	if (tunnel_make_interface(t, &wanted, &keeper_why) < 0)
		return refuse(key, keeper_why.text);
	return BRIDGE_HANDLED;
}

static enum bridge_outcome handle_started(struct tunnel *t, const char *name,
                                          const struct envelope_tun *tun)
{
	int peer = peers_find(t->peers, name);

	if (peer == PEERS_NOBODY)
		return BRIDGE_IGNORED;
	if (peers_note_started(t->peers, (unsigned)peer, tun)) {
		log_info("peer %s: %s::%s %s, reads %s", name, tun->ipv6_prefix, tun->ipv6_host,
		         tun->ipv4_host, tun->encodings[0] ? tun->encodings : "json");
		atomic_store(&t->unheard, 0);
		bridge_announce_again(&t->bridge);
	}
	return BRIDGE_HANDLED;
}

void control_forget(struct tunnel *t, const char *name)
{
	int peer = peers_find(t->peers, name);

	if (peer != PEERS_NOBODY)
		peers_forget(t->peers, (unsigned)peer);
	atomic_store(&t->unheard, 0);
}

enum bridge_outcome control_handle(struct tunnel *t, const struct bus_message *m,
                                   const struct envelope_key *key, const struct envelope_control *c)
{
	if (c->kind == ENVELOPE_TUN_START)
		return handle_start(t, m->key, &c->tun);
	if (c->kind == ENVELOPE_TUN_STARTED)
		return handle_started(t, key->name, &c->tun);
	return BRIDGE_IGNORED;
}
