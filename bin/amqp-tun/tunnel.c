#include "tunnel.h"

#include <errno.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "base/stats.h"

static struct counter dropped = {.name = "tx_dropped"};

void tunnel_open(struct tunnel *t, const struct settings *s, struct keeper *keeper)
{
	*t = (struct tunnel){.settings = s,
	                     .keeper = keeper,
	                     .peers = peers_new(s),
	                     .device = -1,
	                     .made.counters = -1};
	t->wake_fd = event_open();
	if (!t->peers)
		die(EXIT_RUNNING, "out of memory");
	if (t->wake_fd < 0)
		die(EXIT_RUNNING, "events: %s", strerror(errno));
	stats_register("interface", &dropped, 1);
}

static void set_intake(struct tunnel *t)
{
	const struct configuration *c = &t->in_force;

	t->intake = (struct intake){.own = {c->ipv6, {.family = AF_UNSPEC}, c->ipv4},
	                            .mtu = t->settings->mtu};
	if (c->ipv6.family == AF_INET6)
		t->intake.own[1] = address_link_local(&c->ipv6);
	t->intake.behind_count = settings_behind(t->settings, c, t->intake.behind);
}

int tunnel_make_interface(struct tunnel *t, const struct configuration *c, char why[WHY_SIZE])
{
	char ipv6[ADDRESS_TEXT_MAX], ipv4[ADDRESS_TEXT_MAX];

	if (keeper_configure(t->keeper, c, &t->made, why) < 0)
		return -1;
	t->in_force = *c;
	set_intake(t);
	peers_own(t->peers, c);
	log_info("%s: IPv6 %s, IPv4 %s, MTU %u", t->made.ifname, address_write(&c->ipv6, ipv6),
	         address_write(&c->ipv4, ipv4), t->settings->mtu);
	atomic_store(&t->device, t->made.device);
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
	if (atomic_load(&t->device) >= 0 && t->made.counters >= 0)
		stats_set(&dropped, device_dropped(t->made.counters, t->made.ifname));
}
