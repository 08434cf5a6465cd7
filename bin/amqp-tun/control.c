#include "control.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limit.h"
#include "start.h"

static enum bridge_outcome refuse(const char *key, const char *why)
{
	limited_warning("%s: refused: %s", key, why);
	return BRIDGE_REFUSED;
}

static void tell_left_out(void *key, const char *why)
{
	limited_warning("%s: left out: %s", (const char *)key, why);
}

/* What the privileged process does may be undone again, and costs more than a message. */
static int make(struct tunnel *t, const char *key, const struct envelope_tun *tun,
                struct configuration *wanted, struct why *why)
{
	int64_t now = monotonic_ns();
	const char *not_now = start_limit_try(&t->start_limit, tun, now);
	struct why left_out;

	if (not_now)
		return why_set(why, "%s", not_now);
	if (tunnel_make_possible(t, wanted, &left_out, why) < 0) {
		start_limit_note_refused(&t->start_limit, tun, why->text, now);
		return -1;
	}
	if (left_out.text[0])
		tell_left_out((void *)key, left_out.text);
	return 0;
}

static enum bridge_outcome handle_start(struct tunnel *t, const char *key,
                                        const struct envelope_tun *tun)
{
	struct configuration wanted;
	struct why why;

	if (atomic_load(&t->device) >= 0) {
		bridge_announce_again(&t->bridge);
		return BRIDGE_HANDLED;
	}
	if (start_choose(&wanted, tun, t->settings, tell_left_out, (void *)key, &why) < 0 ||
	    settings_check(t->settings, &wanted, &why) < 0 || make(t, key, tun, &wanted, &why) < 0)
		return refuse(key, why.text);
	return BRIDGE_HANDLED;
}

/* Old agents write bbbb and ":3" for bbbb::3, and IPv4 addresses that their interfaces do not have.
 */
static void show_peer(const char *name, const struct envelope_tun *tun)
{
	const char *prefix = tun->ipv6_prefix[0] ? tun->ipv6_prefix : "bbbb",
		   *ipv4 = tun->ipv4_address[0] ? tun->ipv4_address : tun->ipv4_host;
	char ipv6[ADDRESS_TEXT_MAX] = "no IPv6", whole[ADDRESS_TEXT_MAX];
	struct address a;
	bool is_old = !tun->session[0];

	if (tun->ipv6_host[0] && address_join(&a, prefix, tun->ipv6_host, NULL) == 0)
		address_write_plain(&a, ipv6);
	snprintf(whole, sizeof whole, "%.*s/32", (int)strcspn(ipv4, "/"), ipv4);
	if (address_read_host(&a, whole, NULL) < 0 || a.family != AF_INET ||
	    (is_old && peers_is_placeholder(&a)))
		ipv4 = "no IPv4";
	limited_info("peer %s: %s, %s, reads %s", name, ipv6, ipv4,
	             tun->encodings[0] ? tun->encodings : "json");
}

static enum bridge_outcome handle_started(struct tunnel *t, const char *name,
                                          const struct envelope_tun *tun)
{
	int peer = peers_find(t->peers, name);
	struct why refused;
	bool fresh;

	if (peer == PEERS_NOBODY)
		return BRIDGE_IGNORED;
	fresh = peers_note_started(t->peers, (unsigned)peer, tun);
	if (peers_refused(t->peers, (unsigned)peer, &refused))
		tunnel_note_refused_claim(name, refused.text);
	if (fresh) {
		show_peer(name, tun);
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
