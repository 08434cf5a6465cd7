/* amqp-tun: the routing keys that an agent reads. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/bindings.h"
#include "tun_test.h"

static bool has_pattern(const struct bindings *b, unsigned queue, const char *pattern)
{
	for (const char *const *at = b->queues[queue].bindings; *at; at++)
		if (strcmp(*at, pattern) == 0)
			return true;
	return false;
}

Test(tun, a_router_is_heard_only_without_peers)
{
	struct settings router = RESOLVED(.name = "a"),
			direct = RESOLVED(.name = "a", .peers = LIST("b", "c"));
	static struct bindings b, without;

	bindings_make(&without, &router);
	cr_expect(has_pattern(&without, BINDINGS_DATA, "toAgent.a.ip.tun.packet.raw"));
	cr_expect(has_pattern(&without, BINDINGS_DATA, "data.tun.toAgent.a"));
	cr_expect_eq(without.keys[BINDINGS_DATA].count, 2);
	cr_expect(has_pattern(&without, BINDINGS_CONTROL, "toAgent.a.ip.tun.start"));
	cr_expect(has_pattern(&without, BINDINGS_CONTROL, "control.tun.toAgent.a"));
	cr_expect(has_pattern(&without, BINDINGS_CONTROL, "testingtool.terminate"));

	bindings_make(&b, &direct);
	cr_expect_not(has_pattern(&b, BINDINGS_DATA, "toAgent.a.ip.tun.packet.raw"));
	cr_expect(has_pattern(&b, BINDINGS_DATA, "fromAgent.b.ip.tun.packet.raw"));
	cr_expect(has_pattern(&b, BINDINGS_DATA, "fromAgent.b.ip.tun.packet.raw.to.a"));
	cr_expect(has_pattern(&b, BINDINGS_DATA, "data.tun.fromAgent.c"));
	cr_expect(has_pattern(&b, BINDINGS_CONTROL, "fromAgent.c.ip.tun.started"));
	cr_expect_not(has_pattern(&b, BINDINGS_DATA, "fromAgent.a.ip.tun.packet.raw"),
	              "not our own");
	cr_expect(has_pattern(&b, BINDINGS_CONTROL, "toAgent.a.ip.tun.start"));
}

Test(tun, the_longest_names_fit)
{
	static char names[SETTINGS_PEERS_MAX + 1][ENVELOPE_NAME_MAX + 1];
	struct tun_options o = {.name = names[0], .peers.count = SETTINGS_PEERS_MAX};
	static struct bindings b;

	for (unsigned i = 0; i <= SETTINGS_PEERS_MAX; i++) {
		snprintf(names[i], sizeof names[i], "%0*u", ENVELOPE_NAME_MAX, i);
		if (i > 0)
			o.peers.item[i - 1] = names[i];
	}
	struct settings s = resolved(o);
	bindings_make(&b, &s);
	cr_expect_eq(b.keys[BINDINGS_DATA].count, 3 * SETTINGS_PEERS_MAX);
	cr_expect_lt(b.keys[BINDINGS_CONTROL].count, KEYS_MAX);
}
