/* amqp-tun: the routing keys that an agent reads. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/tunnel.h"
#include "tun_test.h"

static bool has_pattern(const struct keys *k, const char *pattern)
{
	for (size_t i = 0; i < k->count; i++)
		if (strcmp(k->patterns[i], pattern) == 0)
			return true;
	return false;
}

Test(tun, keys_of_a_router_are_bound_only_without_peers)
{
	static struct settings router, direct, old;
	static struct tunnel alone, paired, in_v0;
	const struct keys *data = &alone.bridge.data_keys, *control = &alone.bridge.control_keys;

	router = RESOLVED(.name = "a");
	direct = RESOLVED(.name = "a", .peers = LIST("b", "c"));
	cr_assert_eq(tunnel_open(&alone, &router, -1, NULL), 0);
	cr_expect(has_pattern(data, "toAgent.a.ip.tun.packet.raw"));
	cr_expect(has_pattern(data, "data.tun.toAgent.a"));
	cr_expect(has_pattern(data, "framebus.to.a"));
	cr_expect_eq(data->count, 3);
	cr_expect(has_pattern(control, "toAgent.a.ip.tun.start"));
	cr_expect(has_pattern(control, "testingtool.terminate"));
	cr_expect_not(has_pattern(control, "control.tun.toAgent.a"), "only with --api v0");
	cr_expect_not(has_pattern(control, "control.session"));
	cr_expect_not(has_pattern(control, "control.tun.fromAgent.a"));
	cr_expect_not(has_pattern(control, "testingtool.component.shutdown"));

	cr_assert_eq(tunnel_open(&paired, &direct, -1, NULL), 0);
	data = &paired.bridge.data_keys;
	control = &paired.bridge.control_keys;
	cr_expect_not(has_pattern(data, "toAgent.a.ip.tun.packet.raw"));
	cr_expect(has_pattern(data, "fromAgent.b.ip.tun.packet.raw"));
	cr_expect(has_pattern(data, "framebus.tun.b"));
	cr_expect(has_pattern(data, "framebus.tun.b.a"));
	cr_expect(has_pattern(control, "framebus.alive.c"));
	cr_expect_not(has_pattern(data, "framebus.to.a"));
	cr_expect(has_pattern(data, "data.tun.fromAgent.c"));
	cr_expect(has_pattern(control, "fromAgent.c.ip.tun.started"));
	cr_expect(has_pattern(control, "testingtool.component.shutdown"), "a peer goes");
	cr_expect_not(has_pattern(data, "fromAgent.a.ip.tun.packet.raw"), "not our own");
	cr_expect(has_pattern(control, "toAgent.a.ip.tun.start"));
	cr_expect_not(has_pattern(control, "control.tun.fromAgent.b"));

	old = RESOLVED(.name = "a", .peers = LIST("b"), .bus.api = ENVELOPE_V0);
	cr_assert_eq(tunnel_open(&in_v0, &old, -1, NULL), 0);
	control = &in_v0.bridge.control_keys;
	cr_expect(has_pattern(control, "control.tun.toAgent.a"));
	cr_expect(has_pattern(control, "control.tun.fromAgent.b"));
	cr_expect(has_pattern(control, "control.session"));
	cr_expect(has_pattern(control, "toAgent.a.ip.tun.start"), "v1 is understood always");
	cr_expect(has_pattern(control, "testingtool.terminate"));
}

Test(tun, the_longest_names_fit)
{
	static char names[SETTINGS_PEERS_MAX + 1][ENVELOPE_NAME_MAX + 1];
	struct tun_options o = {.name = names[0], .peers.count = SETTINGS_PEERS_MAX};
	static struct settings s;
	static struct tunnel t;
	struct bus_queue queue;
	struct why why;

	for (unsigned i = 0; i <= SETTINGS_PEERS_MAX; i++) {
		snprintf(names[i], sizeof names[i], "%0*u", ENVELOPE_NAME_MAX, i);
		if (i > 0)
			o.peers.item[i - 1] = names[i];
	}
	s = resolved(o);
	cr_assert_eq(tunnel_open(&t, &s, -1, NULL), 0);
	cr_expect_eq(t.bridge.data_keys.count, 4 * SETTINGS_PEERS_MAX);
	cr_expect_eq(t.bridge.control_keys.count, 2 * SETTINGS_PEERS_MAX + 5);
	cr_expect_eq(keys_queue(&queue, &t.bridge.data_keys, BUS_LIVE, s.name, "tun", &why), 0,
	             "%s", why.text);
	free((char *)queue.name);
}
