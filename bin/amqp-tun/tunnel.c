#include "tunnel.h"

#include "device.h"
#include "base/event.h"
#include "base/log.h"
#include "base/stats.h"

static struct counter dropped = {.name = "tx_dropped"};

int tunnel_open(struct tunnel *t, const struct settings *s, int keeper)
{
	*t = (struct tunnel){.settings = s,
	                     .keeper = keeper,
	                     .peers = peers_new(s),
	                     .device = -1,
	                     .interface.counters = -1};
	t->wake_fd = event_open();
	stats_register("interface", &dropped, 1);
	return t->peers && t->wake_fd >= 0 ? 0 : -1;
}

static void set_rules(struct tunnel *t)
{
	const struct configuration *c = &t->in_force;

	t->rules = (struct check_rules){.own = {c->ipv6, {.family = AF_UNSPEC}, c->ipv4},
	                                .mtu = t->settings->mtu};
	if (c->ipv6.family == AF_INET6)
		t->rules.own[1] = address_link_local(&c->ipv6);
	t->rules.behind_count = settings_behind(t->settings, c, t->rules.behind);
}

int tunnel_make_interface(struct tunnel *t, const struct configuration *c, struct why *why)
{
	char ipv6[ADDRESS_TEXT_MAX], ipv4[ADDRESS_TEXT_MAX];

	if (request_interface(t->keeper, c, &t->interface, why) < 0)
		return -1;
	t->in_force = *c;
	set_rules(t);
	peers_set_own(t->peers, c);
	log_info("%s: IPv6 %s, IPv4 %s, MTU %u", t->interface.name, address_write(&c->ipv6, ipv6),
	         address_write(&c->ipv4, ipv4), t->settings->mtu);
	atomic_store(&t->device, t->interface.device);
	tunnel_wake_uplink(t);
	return 0;
}

void tunnel_wake_uplink(struct tunnel *t)
{
	event_raise(t->wake_fd);
}

void tunnel_announce_again(struct tunnel *t)
{
	atomic_store(&t->started_due, true);
	tunnel_wake_uplink(t);
}

void tunnel_count_dropped(struct tunnel *t)
{
	if (atomic_load(&t->device) >= 0 && t->interface.counters >= 0)
		stats_set(&dropped, device_dropped(t->interface.counters, t->interface.name));
}
