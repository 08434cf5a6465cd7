/* amqp-tun: what the privileged process refuses. TEST_SEED=N repeats a run of the seeded
 * properties. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/privileged/verdict.h"
#include "base/outside.h"
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

static void expect_verdict(enum verdict expected, const struct settings *s, enum keeper_state state,
                           struct keeper_request r, size_t size, const char *words)
{
	struct interface_options o;
	struct why why = {""};

	settings_interface(&o, s);
	enum verdict verdict = verdict_of(&o, state, &r, size, &why);
	cr_expect_eq(verdict, expected, "%d, not %d: %s", verdict, expected, why.text);
	cr_expect(!words || strstr(why.text, words), "%s: got %s", words, why.text);
}

static void expect_refusal(const struct settings *s, enum keeper_state state,
                           struct keeper_request r, size_t size, const char *words)
{
	expect_verdict(words ? VERDICT_REFUSED : VERDICT_GOOD, s, state, r, size, words);
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

Test(tun, no_child_of_ours_sends_this)
{
	struct settings s = RESOLVED(.name = "a");
	struct keeper_request good = configure_request("bbbb::5/64", "10.2.0.5/24"), bad = good,
			      file = {.operation = KEEPER_FILE};
	const size_t size = sizeof good, sizes[] = {0, 1, size - 1, size + 1, 65536, SIZE_MAX};
	const uint32_t operations[] = {0, 4, 0x01000000, UINT32_MAX};
	struct why why;

	for (unsigned state = KEEPER_NEW; state <= KEEPER_CONFIGURED; state++) {
		for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			expect_verdict(VERDICT_BROKEN, &s, state, good, sizes[i], "wrong size");
		for (unsigned i = 0; i < sizeof operations / sizeof operations[0]; i++) {
			bad.operation = operations[i];
			expect_verdict(VERDICT_BROKEN, &s, state, bad, size, "unknown request");
		}
		expect_verdict(VERDICT_BROKEN, &s, state, file, size, "no option names");
	}
	cr_assert_eq(outside_note_file("/etc/hostname", &why), 0);
	cr_assert_eq(outside_note_file("/etc/hostname", &why), 0);
	for (unsigned state = KEEPER_NEW; state <= KEEPER_CONFIGURED; state++) {
		file.file = 0;
		expect_verdict(VERDICT_GOOD, &s, state, file, size, NULL);
		for (file.file = 1; file.file; file.file <<= 1)
			expect_verdict(VERDICT_BROKEN, &s, state, file, size, "no option names");
	}
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
		if (verdict_of(&o, KEEPER_OPENED, &r, sizeof r, NULL) != VERDICT_GOOD ||
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
