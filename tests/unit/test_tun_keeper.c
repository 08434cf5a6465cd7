/* amqp-tun: what the privileged process refuses. TEST_SEED=N repeats a run of the seeded
 * properties. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/privileged/keeper.h"
#include "tun_test.h"

static struct keeper_request configure_request(const char *ipv6, const char *ipv4)
{
	struct keeper_request r = {.operation = KEEPER_CONFIGURE};

	if (ipv6)
		r.wanted.ipv6 = address(ipv6);
	if (ipv4)
		r.wanted.ipv4 = address(ipv4);
	return r;
}

static void expect_refusal(const struct settings *s, enum keeper_state state,
                           struct keeper_request r, size_t size, const char *words)
{
	struct interface_options o;
	struct why why = {""};

	settings_interface(&o, s);
	int outcome = keeper_check(&o, state, &r, size, &why);
	cr_expect_eq(outcome, words ? -1 : 0, "%s", why.text);
	cr_expect(!words || strstr(why.text, words), "%s: got %s", words, why.text);
}

Test(tun, the_keeper_checks_requests)
{
	struct settings s = RESOLVED(.name = "a");
	struct keeper_request open = {.operation = KEEPER_OPEN},
			      good = configure_request("bbbb::5/64", "10.2.0.5/24"), bad = good;
	size_t size = sizeof open;

	expect_refusal(&s, KEEPER_NEW, open, size, NULL);
	expect_refusal(&s, KEEPER_OPENED, open, size, "open already");
	expect_refusal(&s, KEEPER_NEW, good, size, "not open yet");
	expect_refusal(&s, KEEPER_OPENED, good, size, NULL);
	expect_refusal(&s, KEEPER_CONFIGURED, good, size, "there already");
	expect_refusal(&s, KEEPER_OPENED, good, size - 1, "wrong size");
	expect_refusal(&s, KEEPER_OPENED, good, size + 1, "wrong size");
	expect_refusal(&s, KEEPER_OPENED, good, 0, "wrong size");
	expect_refusal(&s, KEEPER_OPENED, (struct keeper_request){.operation = 3}, size,
	               "unknown request");
	expect_refusal(&s, KEEPER_OPENED, (struct keeper_request){.operation = 0}, size,
	               "unknown request");
	expect_refusal(&s, KEEPER_OPENED, configure_request(NULL, NULL), size, "no address");
	expect_refusal(&s, KEEPER_OPENED, configure_request("2001:db8::1/64", NULL), size,
	               "--allow-net");
	expect_refusal(&s, KEEPER_OPENED, configure_request(NULL, "192.168.1.1/24"), size,
	               "--allow-net");
	expect_refusal(&s, KEEPER_OPENED, configure_request("bbbb::5/48", NULL), size,
	               "--allow-net");
	expect_refusal(&s, KEEPER_OPENED, configure_request("10.2.0.5/24", NULL), size,
	               "wrong family");
	bad.wanted.ipv6.prefix_length = 255;
	expect_refusal(&s, KEEPER_OPENED, bad, size, "prefix length");
	bad = good;
	bad.wanted.ipv4.family = AF_UNIX;
	expect_refusal(&s, KEEPER_OPENED, bad, size, "wrong family");
	bad = good;
	bad.wanted.re_route = address("cccc::1/64");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "by option");
	bad = good;
	bad.wanted.route = address("cccc::/64");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "route to cccc::/64: is outside of what");
	bad.wanted.route = address("bbbb::/48");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "is no /64");
	bad.wanted.route = address("10.2.0.0/24");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "is no /64 of IPv6");
	bad.wanted.route = address("bbbb::/64");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "overlaps with the tunnel's own network");
	s = RESOLVED(.name = "a", .allowed = LIST("bbbb::/64", "10.2.0.0/24", "aaaa::/16"));
	bad.wanted.route = address("aaaa::/64");
	expect_refusal(&s, KEEPER_OPENED, bad, size, NULL);
	s.brokers[s.broker_count++] = address("aaaa::5/128");
	expect_refusal(&s, KEEPER_OPENED, bad, size, "holds the broker's address");
}

Test(tun, no_request_gets_past_the_bounds)
{
	struct settings s = RESOLVED(.name = "a");
	struct address ipv6 = address("bbbb::/64"), ipv4 = address("10.2.0.0/24");
	struct interface_options o;

	settings_interface(&o, &s);
	random_seed("test_tun_keeper");
	for (unsigned i = 0; i < 200000; i++) {
		struct keeper_request r = configure_request("bbbb::5/64", "10.2.0.5/24");
		uint8_t *octets = (uint8_t *)&r;

		for (unsigned flips = 1 + random_next() % 4; flips; flips--)
			octets[random_next() % sizeof r] ^= (uint8_t)(1u << (random_next() >> 61));
		if (keeper_check(&o, KEEPER_OPENED, &r, sizeof r, NULL) < 0 ||
		    r.operation != KEEPER_CONFIGURE)
			continue;
		cr_assert_eq(r.wanted.re_route.family, AF_UNSPEC);
		if (r.wanted.route.family != AF_UNSPEC)
			cr_assert(address_in(&ipv6, r.wanted.route.family, r.wanted.route.octets) &&
			          r.wanted.route.prefix_length == 64);
		if (r.wanted.ipv6.family != AF_UNSPEC)
			cr_assert(address_in(&ipv6, r.wanted.ipv6.family, r.wanted.ipv6.octets) &&
			          r.wanted.ipv6.prefix_length >= 64);
		if (r.wanted.ipv4.family != AF_UNSPEC)
			cr_assert(address_in(&ipv4, r.wanted.ipv4.family, r.wanted.ipv4.octets) &&
			          r.wanted.ipv4.prefix_length >= 24);
	}
}
