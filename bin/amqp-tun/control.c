#include "control.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "start.h"
#include "base/stats.h"

enum counters { RECEIVED, HANDLED, IGNORED, REFUSED, REJECTED, NAMESAKES, COUNTERS };
static struct counter counters[COUNTERS] = {
	[RECEIVED] = {.name = "received"}, [HANDLED] = {.name = "handled"},
	[IGNORED] = {.name = "ignored"},   [REFUSED] = {.name = "refused"},
	[REJECTED] = {.name = "rejected"}, [NAMESAKES] = {.name = "namesakes"},
};

void control_open(struct control *c, struct tunnel *t)
{
	*c = (struct control){.tunnel = t};
	stats_register("control", counters, COUNTERS);
}

/* --- tun.start --- */

static enum counters refuse_start(const char *key, const char *why)
{
	log_warning("%s: refused: %s", key, why);
	return REFUSED;
}

static enum counters take_start(struct control *c, const char *key, const struct envelope_tun *tun)
{
	struct tunnel *t = c->tunnel;
	struct configuration wanted;
	struct why keeper_why;
	const char *why;

	if (atomic_load(&t->device) >= 0) {
		tunnel_announce_again(t);
		return HANDLED;
	}
	if (start_read(&wanted, tun, t->settings, &why) < 0)
		return refuse_start(key, why);
	why = settings_refusal(t->settings, &wanted);
	if (why)
		return refuse_start(key, why);
	if (tunnel_make_interface(t, &wanted, &keeper_why) < 0)
		return refuse_start(key, keeper_why.text);
	return HANDLED;
}

/* --- other agents --- */

static enum counters take_namesake(struct control *c, enum agent_namesake met)
{
	if (met == AGENT_NEW_NAMESAKE) {
		stats_add(&counters[NAMESAKES], 1);
		/* So that it notices too. */
		tunnel_announce_again(c->tunnel);
	}
	return met == AGENT_NO_NAMESAKE ? IGNORED : HANDLED;
}

static enum counters take_started(struct control *c, const struct envelope_key *key,
                                  const struct envelope_tun *tun)
{
	struct tunnel *t = c->tunnel;
	int peer = peers_find(t->peers, key->name);

	if (strcmp(key->name, t->settings->name) == 0)
		return take_namesake(c, agent_meet(&c->namesakes, t->settings->name, tun->session));
	if (peer == PEERS_NOBODY)
		return IGNORED;
	if (peers_heard(t->peers, (unsigned)peer, tun)) {
		log_info("peer %s: %s::%s %s, reads %s", key->name, tun->ipv6_prefix,
		         tun->ipv6_host, tun->ipv4_host,
		         tun->encodings[0] ? tun->encodings : "json");
		tunnel_announce_again(t);
	}
	return HANDLED;
}

static enum counters take(struct control *c, const struct bus_message *m)
{
	const char *name = c->tunnel->settings->name;
	struct envelope_key key;
	struct envelope_control control;
	enum agent_verdict verdict = agent_hear(&control, &key, m);

	if (verdict != AGENT_READ)
		return verdict == AGENT_NOT_OURS ? IGNORED : REJECTED;
	switch (control.kind) {
	case ENVELOPE_TUN_START:
		return take_start(c, m->key, &control.tun);
	case ENVELOPE_TUN_STARTED:
		return take_started(c, &key, &control.tun);
	case ENVELOPE_COMPONENT_READY:
		return take_namesake(c,
		                     agent_meet_ready(&c->namesakes, name, &control.component, m));
	case ENVELOPE_TERMINATE:
		log_info("%s: stopping", m->key);
		loop_stop(EXIT_OK);
		return HANDLED;
	default:
		return IGNORED;
	}
}

void control_take(struct control *c, const struct bus_message *m)
{
	stats_add(&counters[RECEIVED], 1);
	stats_add(&counters[take(c, m)], 1);
}
