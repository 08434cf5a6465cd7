/* amqp-tun: tun.start to a configuration, and a configuration to tun.started. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/start.h"
#include "tun_test.h"

static struct envelope_tun tun4(const char *address, const char *host, const char *network,
                                const char *netmask)
{
	struct envelope_tun t = {.name = "a"};

	snprintf(t.ipv4_address, sizeof t.ipv4_address, "%s", address);
	snprintf(t.ipv4_host, sizeof t.ipv4_host, "%s", host);
	snprintf(t.ipv4_network, sizeof t.ipv4_network, "%s", network);
	snprintf(t.ipv4_netmask, sizeof t.ipv4_netmask, "%s", netmask);
	return t;
}

static void expect_start(const struct settings *s, struct envelope_tun t, const char *ipv6,
                         const char *ipv4)
{
	struct configuration c;
	char text[ADDRESS_TEXT_MAX];
	struct why why = {""};

	if (start_read(&c, &t, s, &why) < 0) {
		cr_expect_null(ipv6, "%s %s: refused: %s", ipv6, ipv4, why.text);
		cr_expect(strlen(why.text) > 5, "no reason");
		return;
	}
	cr_expect_not_null(ipv6, "'%s' '%s' '%s' '%s': not refused", t.ipv6_prefix, t.ipv6_host,
	                   t.ipv4_host, t.ipv4_address);
	if (ipv6)
		cr_expect_str_eq(address_write(&c.ipv6, text), ipv6);
	if (ipv6)
		cr_expect_str_eq(address_write(&c.ipv4, text), ipv4);
}

static void expect_start_refusal(const struct settings *s, struct envelope_tun t, const char *words)
{
	struct configuration c;
	struct why why = {""};

	cr_expect_lt(start_read(&c, &t, s, &why), 0);
	cr_expect(strstr(why.text, words), "%s: got %s", words, why.text);
}

Test(tun, tun_start_sets_addresses)
{
	struct settings plain = RESOLVED(.name = "a"), named = RESOLVED(.name = "agent_3");

	expect_start(&plain, tun("bbbb", "1"), "bbbb::1/64", "none");
	expect_start(&plain, tun("bbbb", ":3"), "bbbb::3/64", "none");
	expect_start(&plain, tun("", "9"), "bbbb::9/64", "none");
	expect_start(&plain, tun("bbbb", ""), NULL, NULL);
	expect_start_refusal(&plain, tun("bbbb", ""), "ipv6_host");
	expect_start_refusal(&plain, tun("bbbb", "1 dev lo"), "ipv6_host '1 dev lo'");
	expect_start(&plain, tun("bbbb", "1 dev lo"), NULL, NULL);
	expect_start(&plain, tun("bbbb::/64 dev lo;", "1"), NULL, NULL);
	expect_start(&plain, tun("", ""), "none", "none");
	expect_start(&named, tun("", ""), "bbbb::3/64", "10.2.0.3/24");
	expect_start(&named, tun("cafe", ""), "cafe::3/64", "10.2.0.3/24");
	expect_start(&named, tun("", "7"), "bbbb::7/64", "10.2.0.3/24");
}

Test(tun, tun_start_sets_ipv4)
{
	struct settings s = RESOLVED(.name = "a");

	expect_start(&s, tun4("10.2.0.9", "", "", ""), "none", "10.2.0.9/24");
	expect_start(&s, tun4("10.2.0.9/28", "", "", ""), "none", "10.2.0.9/28");
	expect_start(&s, tun4("", "10.2.0.9", "", ""), "none", "10.2.0.9/24");
	expect_start(&s, tun4("", "10.2.0.9", "10.2.0.0", "255.255.255.0"), "none", "10.2.0.9/24");
	expect_start(&s, tun4("", "10.2.0.9", "10.2.0.0", "255.255.0.0"), "none", "10.2.0.9/16");
	expect_start(&s, tun4("10.2.0.9", "", "", "255.255.255.128"), "none", "10.2.0.9/25");
	expect_start(&s, tun4("", "10.2.0.9", "10.3.0.0", ""), NULL, NULL);
	expect_start(&s, tun4("", "10.2.0.9", "", "255.0.255.0"), NULL, NULL);
	expect_start(&s, tun4("", "10.2.0.9", "", "64"), NULL, NULL);
	expect_start(&s, tun4("", "10.2.0.0", "", ""), NULL, NULL);
	expect_start(&s, tun4("10.2.0.9 dev lo", "", "", ""), NULL, NULL);
	expect_start(&s, tun4("bbbb::1", "", "", ""), NULL, NULL);
}

Test(tun, tun_start_re_routes_only_where_the_option_says_so)
{
	struct settings none = RESOLVED(.name = "a_1");
	struct settings interface = RESOLVED(.name = "a_1", .re_route_if = "eth1",
	                                     .allowed = LIST("cccc::/64", "bbbb::/64"));
	struct settings all =
		RESOLVED(.name = "a_1", .re_route_if = "eth1", .re_route_prefixes = LIST("cccc"),
	                 .re_route_host = "5", .allowed = LIST("dddd::/64"));
	struct envelope_tun t = tun("", "");
	struct configuration c;
	struct why why;

	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth1");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "cccc");
	snprintf(t.re_route_packets_host, sizeof t.re_route_packets_host, "5");
	cr_expect_lt(start_read(&c, &t, &none, &why), 0);
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_eq(settings_check(&interface, &c, &why), 0);
	cr_expect_eq(start_read(&c, &t, &all, &why), 0);
	cr_expect_eq(settings_check(&all, &c, &why), 0);
	cr_expect_lt(settings_check(&none, &c, &why), 0);

	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth0");
	cr_expect_lt(start_read(&c, &t, &all, &why), 0);
	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth1");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "dddd");
	cr_expect_eq(start_read(&c, &t, &all, &why), 0);
	cr_expect_lt(settings_check(&all, &c, &why), 0, "another network than the options name");
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_lt(settings_check(&interface, &c, &why), 0, "a network outside of --allow-net");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "bbbb");
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_lt(settings_check(&interface, &c, &why), 0, "the tunnel's own network");
}

/* What start_choose makes of a message, and how many fields it leaves out; ipv6 NULL: refused. */
static void count_left_out(void *count, const char *words)
{
	++*(unsigned *)count;
	cr_expect_gt(strlen(words), 5);
}

static void expect_choice(const struct settings *s, struct envelope_tun t, const char *ipv6,
                          const char *ipv4, const char *route, unsigned left_out)
{
	struct configuration c;
	char text[ADDRESS_TEXT_MAX];
	struct why why = {""};
	unsigned count = 0;

	if (start_choose(&c, &t, s, count_left_out, &count, &why) < 0) {
		cr_expect_null(ipv6, "refused: %s", why.text);
		return;
	}
	cr_assert_not_null(ipv6, "not refused");
	cr_expect_str_eq(address_write(&c.ipv6, text), ipv6);
	cr_expect_str_eq(address_write(&c.ipv4, text), ipv4);
	cr_expect_str_eq(address_write(&c.route, text), route);
	cr_expect_eq(count, left_out, "%s %s: %u left out", ipv6, ipv4, count);
	cr_expect_eq(settings_check(s, &c, NULL), 0);
}

Test(tun, tun_start_is_used_as_far_as_it_can_be)
{
	struct settings s = RESOLVED(.name = "a"), named = RESOLVED(.name = "agent_3"),
			wide = RESOLVED(.name = "coap_client",
	                                .allowed = LIST("bbbb::/64", "cccc::/16", "10.2.0.0/24"));
	struct envelope_tun t = tun("", "");

	t.ipv6_no_forwarding = true;
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 0);
	expect_choice(&named, t, "bbbb::3/64", "10.2.0.3/24", "none", 0);
	snprintf(t.ipv6_prefix, sizeof t.ipv6_prefix, "bbbb");
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 0);
	expect_choice(&named, t, "bbbb::3/64", "10.2.0.3/24", "none", 0);
	snprintf(t.ipv4_host, sizeof t.ipv4_host, "2.2.2.2");
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 1);
	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth0");
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 2);
	t.ipv6_no_forwarding = false;
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 3);
	expect_choice(&wide, t, "bbbb::1/64", "none", "cccc::/64", 2);
	snprintf(t.ipv6_prefix, sizeof t.ipv6_prefix, "dddd");
	expect_choice(&wide, t, NULL, NULL, NULL, 0);
	snprintf(t.ipv4_host, sizeof t.ipv4_host, "10.2.0.7");
	expect_choice(&wide, t, "none", "10.2.0.7/24", "cccc::/64", 2);
	t = tun4("", "2.2.2.2", "", "");
	t.ipv6_no_forwarding = true;
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 1);
	t = tun4("", "", "nonsense", "nonsense");
	t.ipv6_no_forwarding = true;
	expect_choice(&s, t, "bbbb::1/64", "none", "none", 0);
}

Test(tun, the_old_route_is_by_name_within_allow_net_and_without_peers)
{
	static const char *const nets[] = {"bbbb::/64", "aaaa::/64", "cccc::/64"};
	static const struct {
		const char *name, *route;
	} cases[] = {{"coap_client", "cccc::/64"}, {"client", "cccc::/64"},
	             {"my-client-2", "cccc::/64"}, {"coap_server", "aaaa::/64"},
	             {"Client", "aaaa::/64"},      {"x", "aaaa::/64"}};
	struct option_strings allowed = {{nets[0], nets[1], nets[2]}, 3};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings s = RESOLVED(.name = cases[i].name, .allowed = allowed);
		struct settings peer = RESOLVED(.name = cases[i].name, .allowed = allowed,
		                                .peers = LIST("other"), .wait_start = true);

		expect_choice(&s, tun("bbbb", "1"), "bbbb::1/64", "none", cases[i].route, 0);
		expect_choice(&peer, tun("bbbb", "1"), "bbbb::1/64", "none", "none", 0);
	}
	/* By hand already, or behind this agent. */
	struct settings by_hand = RESOLVED(.name = "x", .routes = LIST("aaaa::/32"));
	expect_choice(&by_hand, tun("bbbb", "1"), "bbbb::1/64", "none", "none", 0);
	struct settings behind = RESOLVED(.name = "x", .allowed = allowed, .re_route_if = "lan",
	                                  .re_route_prefixes = LIST("aaaa::/64"));
	expect_choice(&behind, tun("bbbb", "1"), "bbbb::1/64", "none", "none", 1);
	struct settings bootstrap =
		RESOLVED(.name = "client", .allowed = allowed, .force_bootstrap = true);
	cr_expect_eq(bootstrap.wanted.route.octets[0], 0xcc);
}

Test(tun, tun_started_says_what_is_in_force)
{
	struct settings s = RESOLVED(.name = "agent_2", .re_route_if = "eth1",
	                             .re_route_prefixes = LIST("cccc"), .re_route_host = "1:5");
	struct envelope_tun t;

	start_write(&t, &s.wanted, &s, "0123456789abcdef");
	cr_expect_str_eq(t.name, "agent_2");
	cr_expect_str_eq(t.ipv6_prefix, "bbbb");
	cr_expect_str_eq(t.ipv6_host, "2");
	cr_expect_str_eq(t.ipv4_host, "10.2.0.2");
	cr_expect_str_eq(t.ipv4_address, "10.2.0.2");
	cr_expect_str_eq(t.ipv4_network, "10.2.0.0");
	cr_expect_str_eq(t.ipv4_netmask, "255.255.255.0");
	cr_expect_str_eq(t.re_route_packets_if, "eth1");
	cr_expect_str_eq(t.re_route_packets_prefix, "cccc");
	cr_expect_str_eq(t.re_route_packets_host, "1:5");
	cr_expect_str_eq(t.session, "0123456789abcdef");
	cr_expect_str_eq(t.encodings, "json,pcap,gso");
	cr_expect_str_eq(t.mtu, "1500");
	cr_expect_not(t.ipv6_no_forwarding);

	struct configuration c = {.ipv4 = address("10.2.0.2/24")};
	start_write(&t, &c, &s, "");
	cr_expect_str_eq(t.ipv6_prefix, "");
	cr_expect_str_eq(t.re_route_packets_if, "");
	cr_expect(t.ipv6_no_forwarding);
}
