#include "tunnel.h"

#include "base/event.h"
#include "base/limit.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/service.h"
#include "base/stats.h"
#include "device.h"
#include "unrouted.h"
#include "watch.h"

/* What waits behind a bulk transfer is latency for everything else: the interface's queue
 * (interface.c), each socket, the queue on the broker. A window of half a socket's bound is 80
 * Mbit/s over 50 ms, so not less. */
enum { SOCKET_OCTETS = 1 << 20, QUEUE_OCTETS = 4 << 20, QUEUE_MESSAGES = 1000 };

static struct counter dropped = {.name = "tx_dropped"};
static struct counter refused_claims = {.name = "refused_claims"};

static int open_bridge(struct tunnel *t, struct why *why)
{
	const struct settings *s = t->settings;
	const struct bridge_config config = {
		.bus = &s->bus,
		.name = s->name,
		.device = "tun",
		.packet = ENVELOPE_TUN_PACKET,
		.start = ENVELOPE_TUN_START,
		.started = ENVELOPE_TUN_STARTED,
		.peers = s->peers,
		.peer_count = s->peer_count,
		.queue = {.max_octets = QUEUE_OCTETS, .max_messages = QUEUE_MESSAGES},
		.publisher = {.socket_octets = SOCKET_OCTETS,
	                      .returned = unrouted_handle,
	                      /* what old agents listen to */
	                      .optional_keys =
	                              s->bus.api == ENVELOPE_V0 ? "data.tun.toAgent." : "toAgent.",
	                      .context = t},
		.consumer.socket_octets = SOCKET_OCTETS,
		.messages_at_once = 256,
	};

	if (bridge_init(&t->bridge, &config, why) < 0)
		return -1;
	for (unsigned i = 0; i < s->peer_count; i++)
		keys_add_control(&t->bridge.control_keys, (enum envelope_api)s->bus.api,
		                 ENVELOPE_TUN_STARTED, ENVELOPE_FROM_AGENT, s->peers[i]);
	return 0;
}

int tunnel_open(struct tunnel *t, const struct settings *s, int keeper, struct why *why)
{
	*t = (struct tunnel){.settings = s,
	                     .keeper = keeper,
	                     .peers = peers_new(s),
	                     .device = -1,
	                     .mtu = s->mtu,
	                     .interface = {.counters = -1, .watch = -1},
	                     .watch = {.fd = -1, .wake_fd = event_open()},
	                     .answers = ANSWERS_NONE};
	if (!t->peers)
		return why_set(why, "out of memory");
	if (t->watch.wake_fd < 0)
		return why_errno(why, "eventfd");
	stats_register("interface", &dropped, 1);
	stats_register("peers", &refused_claims, 1);
	return open_bridge(t, why);
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

/* "tun0 is up: bbbb::1/64, 10.2.0.1/24; waiting for agent_2" */
static void tell_of_interface(const struct tunnel *t, const struct configuration *c)
{
	char ipv6[ADDRESS_TEXT_MAX] = "", ipv4[ADDRESS_TEXT_MAX] = "", names[512];
	const char *then = "; packets travel through a router (--peer NAME needs none)";

	if (c->ipv6.family != AF_UNSPEC)
		address_write(&c->ipv6, ipv6);
	if (c->ipv4.family != AF_UNSPEC)
		address_write(&c->ipv4, ipv4);
	liveness_names(&t->bridge.commands.liveness, names, sizeof names);
	if (t->settings->peer_count)
		then = *names ? "; waiting for " : "";
	progress_say("%s is up: %s%s%s%s%s", t->interface.name, ipv6, *ipv6 && *ipv4 ? ", " : "",
	             ipv4, then, names);
	service_describe("interface", t->interface.name);
	service_describe("ipv6", ipv6);
	service_describe("ipv4", ipv4);
	if (!t->settings->at_once)
		service_end_back();
	log_info("%s: MTU %u", t->interface.name, t->settings->mtu);
}

int tunnel_make_interface(struct tunnel *t, const struct configuration *c, struct why *why)
{
	if (request_interface(t->keeper, c, &t->interface, why) < 0)
		return -1;
	t->in_force = t->interface.in_force;
	c = &t->in_force;
	set_rules(t);
	peers_set_own(t->peers, c);
	tell_of_interface(t, c);
	watch_begin(t);
	atomic_store(&t->device, t->interface.device);
	event_raise(t->watch.wake_fd);
	bridge_wake_uplink(&t->bridge);
	return 0;
}

void tunnel_set_mtu(struct tunnel *t, unsigned mtu)
{
	if (atomic_exchange(&t->mtu, mtu) == mtu)
		return;
	log_warning("%s: the MTU is %u now", t->interface.name, mtu);
	/* Old coordinators, which count announcements, read no MTU. */
	if (t->settings->peer_count && atomic_load(&t->device) >= 0)
		bridge_announce_again(&t->bridge);
}

void tunnel_note_refused_claim(const char *name, const char *why)
{
	stats_add(&refused_claims, 1);
	/* Whoever claims chooses the words. */
	limited_warning_about(name, "peer %s: what it claims is not its own: %s", name, why);
}

int tunnel_make_possible(struct tunnel *t, struct configuration *c, struct why *left_out,
                         struct why *why)
{
	struct why reason;

	left_out->text[0] = '\0';
	if (tunnel_make_interface(t, c, why) == 0)
		return 0;
	if (c->route.family == AF_UNSPEC)
		return -1;
	reason = *why;
	c->route = (struct address){.family = AF_UNSPEC};
	if (tunnel_make_interface(t, c, why) < 0)
		return -1;
	*left_out = reason;
	return 0;
}

void tunnel_count_dropped(struct tunnel *t)
{
	if (atomic_load(&t->device) >= 0 && t->interface.counters >= 0)
		stats_set(&dropped, device_dropped(t->interface.counters, t->interface.device,
		                                   t->interface.name));
}
