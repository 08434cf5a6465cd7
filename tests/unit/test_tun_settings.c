/* amqp-tun: the command line, its defaults, and what others may set within it. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/start.h"
#include "tun_test.h"

static void expect_addresses(const struct settings *s, const char *ipv6, const char *ipv4,
                             const char *about)
{
	char text[ADDRESS_TEXT_MAX];

	cr_expect_str_eq(address_write(&s->wanted.ipv6, text), ipv6, "%s", about);
	cr_expect_str_eq(address_write(&s->wanted.ipv4, text), ipv4, "%s", about);
}

Test(tun, names_have_addresses)
{
	static const struct {
		const char *name, *ipv6, *ipv4;
	} cases[] = {
		{"agent_1", "bbbb::1/64", "10.2.0.1/24"},
		{"agent_6", "bbbb::6/64", "10.2.0.6/24"},
		{"agent_10", "bbbb::10/64", "10.2.0.10/24"},
		{"coap_client_2", "bbbb::2/64", "10.2.0.2/24"},
		{"a_254", "bbbb::254/64", "10.2.0.254/24"},
		{"_7", "bbbb::7/64", "10.2.0.7/24"},
		{"a_255", "none", "none"},
		{"a_0", "none", "none"},
		{"a_01", "none", "none"},
		{"a_1000", "none", "none"},
		{"a_1x", "none", "none"},
		{"coap_client", "none", "none"},
		{"a1", "none", "none"},
		{"a_", "none", "none"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings s = RESOLVED(.name = cases[i].name);

		expect_addresses(&s, cases[i].ipv6, cases[i].ipv4, cases[i].name);
		cr_expect_eq(s.at_once, strcmp(cases[i].ipv6, "none") != 0, "%s: made at once",
		             cases[i].name);
	}
}

Test(tun, options_come_before_names)
{
	static const struct {
		const char *about, *ipv6, *ipv4;
		bool at_once;
		struct tun_options options;
	} cases[] = {
		{"--ipv6",
	         "cafe::9/48",
	         "10.2.0.1/24",
	         true,
	         {.name = "agent_1", .ipv6 = "cafe::9/48"}},
		{"--ipv4", "none", "10.9.0.1/16", true, {.name = "a", .ipv4 = "10.9.0.1/16"}},
		{"--ipv6-prefix",
	         "aaaa::1/64",
	         "10.2.0.1/24",
	         true,
	         {.name = "agent_1", .ipv6_prefix = "aaaa"}},
		{"--ipv6-prefix, no number",
	         "aaaa::1/64",
	         "none",
	         true,
	         {.name = "a", .ipv6_prefix = "aaaa"}},
		{"--ipv6-host",
	         "bbbb::100/64",
	         "10.2.0.1/24",
	         true,
	         {.name = "agent_1", .ipv6_host = "100"}},
		{"both",
	         "aaaa::5/64",
	         "none",
	         true,
	         {.name = "a", .ipv6_prefix = "aaaa", .ipv6_host = "5"}},
		{"--ipv4-address",
	         "none",
	         "10.2.0.9/24",
	         true,
	         {.name = "a", .ipv4_address = "10.2.0.9"}},
		{"--ipv4-address with length",
	         "none",
	         "10.2.0.9/16",
	         true,
	         {.name = "a", .ipv4_address = "10.2.0.9/16"}},
		{"--force-bootstrap",
	         "bbbb::1/64",
	         "none",
	         true,
	         {.name = "a", .force_bootstrap = true}},
		{"--force-bootstrap by name",
	         "bbbb::2/64",
	         "10.2.0.2/24",
	         true,
	         {.name = "a_2", .force_bootstrap = true}},
		{"--wait-start",
	         "bbbb::2/64",
	         "10.2.0.2/24",
	         false,
	         {.name = "a_2", .wait_start = true}},
		{"no address", "none", "none", false, {.name = "a"}},
		{"a peer, and tun.start is waited for",
	         "none",
	         "none",
	         false,
	         {.name = "a", .peers = LIST("b"), .wait_start = true}},
		{"a peer and --force-bootstrap",
	         "bbbb::1/64",
	         "none",
	         true,
	         {.name = "a", .peers = LIST("b"), .force_bootstrap = true}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings s = resolved(cases[i].options);

		expect_addresses(&s, cases[i].ipv6, cases[i].ipv4, cases[i].about);
		cr_expect_eq(s.at_once, cases[i].at_once, "%s", cases[i].about);
	}
}

Test(tun, wrong_options_are_refused_with_words)
{
	static const struct {
		const char *words;
		struct tun_options options;
	} cases[] = {
		{"no name", {.name = NULL}},
		{"--name 'a.b'", {.name = "a.b"}},
		{"--name 'a b'", {.name = "a b"}},
		{"--name '*'", {.name = "*"}},
		{"15 characters", {.name = "a", .ifname = "abcdefghijklmnop"}},
		{"--ifname 'a/b'", {.name = "a", .ifname = "a/b"}},
		{"--ifname 'tun%d'", {.name = "a", .ifname = "tun%d"}},
		{"--ifname '..'", {.name = "a", .ifname = ".."}},
		{"--netns '../../etc'", {.name = "a", .netns = "../../etc"}},
		{"--netns '.'", {.name = "a", .netns = "."}},
		{"--netns 'a/b'", {.name = "a", .netns = "a/b"}},
		{"own name", {.name = "a", .peers = LIST("a")}},
		{"given twice", {.name = "a", .peers = LIST("b", "c", "b")}},
		{"--peer 'b.c'", {.name = "a", .peers = LIST("b.c")}},
		{"--ipv6 ADDR/LEN", {.name = "berlin", .peers = LIST("rennes")}},
		{"--wait-start", {.name = "berlin", .peers_old = LIST("rennes")}},
		{"must be NAME=PREFIX",
	         {.name = "a", .peers = LIST("b"), .peer_nets = LIST("cccc::/64")}},
		{"names no --peer",
	         {.name = "a", .peers = LIST("b"), .peer_nets = LIST("c=cccc::/64")}},
		{"no prefix length",
	         {.name = "a", .peers = LIST("b"), .peer_nets = LIST("b=cccc::")}},
		{"no prefix length", {.name = "a", .ipv6 = "bbbb::1"}},
		{"bad prefix length", {.name = "a", .ipv6 = "bbbb::1/200"}},
		{"is an IPv4 address", {.name = "a", .ipv6 = "10.2.0.1/24"}},
		{"is an IPv6 address", {.name = "a", .ipv4 = "bbbb::1/64"}},
		{"multicast", {.name = "a", .ipv6 = "ff02::1/64"}},
		{"broadcast", {.name = "a", .ipv4 = "10.2.0.255/24"}},
		{"leave out --ipv6-prefix", {.name = "a", .ipv6 = "bbbb::1/64", .ipv6_host = "2"}},
		{"leave one out", {.name = "a", .ipv4 = "10.2.0.1/24", .ipv4_address = "10.2.0.1"}},
		{"--ipv6-host", {.name = "a", .ipv6_host = "1; reboot"}},
		{"--ipv6-prefix", {.name = "a", .ipv6_prefix = "$(reboot)"}},
		{"--ipv4-address", {.name = "a", .ipv4_address = "10.2.0"}},
		{"--allow-net", {.name = "a", .allowed = LIST("bbbb::")}},
		{"contradict", {.name = "a_1", .force_bootstrap = true, .wait_start = true}},
		{"needs --re-route-packets-if",
	         {.name = "a", .re_route_prefixes = LIST("cccc"), .re_route_host = "1"}},
		{"go together",
	         {.name = "a", .re_route_if = "eth0", .re_route_prefixes = LIST("cccc")}},
		{"goes together",
	         {.name = "a",
	          .re_route_if = "eth0",
	          .re_route_prefixes = LIST("cccc::/64"),
	          .re_route_host = "1"}},
		{"needs --re-route-packets-if", {.name = "a", .re_route_host = "1"}},
		{"needs --re-route-packets-if",
	         {.name = "a", .re_route_prefixes = LIST("10.9.0.0/16")}},
		{"tunnel's own interface", {.name = "a", .ifname = "fb0", .re_route_if = "fb0"}},
		{"the second one",
	         {.name = "a",
	          .re_route_if = "eth0",
	          .re_route_prefixes = LIST("cccc", "dddd"),
	          .re_route_host = "1"}},
		{"bad prefix length",
	         {.name = "a", .re_route_if = "eth0", .re_route_prefixes = LIST("10.9.0.0/33")}},
		{"no IP address",
	         {.name = "a", .re_route_if = "eth0", .re_route_prefixes = LIST("10.9/16")}},
		{"everything",
	         {.name = "a", .re_route_if = "eth0", .re_route_prefixes = LIST("0.0.0.0/0")}},
		{"everything",
	         {.name = "a",
	          .re_route_if = "eth0",
	          .re_route_prefixes = LIST("cccc::/64", "::/0")}},
		{"tunnel's own",
	         {.name = "a_1", .re_route_if = "eth0", .re_route_prefixes = LIST("10.0.0.0/8")}},
		{"tunnel's own",
	         {.name = "a_1",
	          .re_route_if = "eth0",
	          .re_route_prefixes = LIST("bbbb"),
	          .re_route_host = "5"}},
		{"--re-route-packets-if", {.name = "a", .re_route_if = "eth0; reboot"}},
		{"--re-route-packets-prefix",
	         {.name = "a",
	          .re_route_if = "eth0",
	          .re_route_prefixes = LIST("cccc/64"),
	          .re_route_host = "1"}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct settings s;
		const char *why = settings_resolve(&s, &cases[i].options);

		cr_expect(why && strstr(why, cases[i].words), "%s: got %s", cases[i].words,
		          why ? why : "nothing");
	}
}

Test(tun, networks_behind_come_from_options_and_one_from_messages)
{
	struct settings none = RESOLVED(.name = "a_1"),
			s = RESOLVED(.name = "a_1", .re_route_if = "eth1",
	                             .re_route_prefixes =
	                                     LIST("10.9.8.7/16", "cccc", "dddd:1::5/48"),
	                             .re_route_host = "5");
	struct configuration other = {.ipv4 = address("10.9.0.1/24")};
	static const char *const written[] = {"10.9.0.0/16", "dddd:1::/48", "cccc::/64"};
	struct address networks[SETTINGS_BEHIND_MAX];
	char text[ADDRESS_TEXT_MAX];

	cr_expect_eq(settings_behind(&none, &none.wanted, networks), 0);
	cr_assert_eq(settings_behind(&s, &s.wanted, networks), COUNT(written));
	for (size_t i = 0; i < COUNT(written); i++)
		cr_expect_str_eq(address_write(&networks[i], text), written[i]);
	cr_expect_str_eq(address_write(&s.wanted.re_route, text), "cccc::5/64",
	                 "what tun.started says");
	cr_expect_eq(settings_behind(&s, &other, networks), 2, "without that of the message");
	cr_expect_lt(settings_check(&s, &other, NULL), 0, "an address in the network behind");
	s = RESOLVED(.name = "a_1", .re_route_if = "eth1",
	             .re_route_prefixes = LIST("10.9.0.0/16"));
	cr_expect_eq(settings_behind(&s, &s.wanted, networks), 1);
	struct envelope_tun t;
	start_write(&t, &s.wanted, &s, "");
	cr_expect(t.ipv6_no_forwarding, "IPv4 only");
	cr_expect_str_eq(t.re_route_packets_if, "", "which old agents read with an IPv6 prefix");
}

Test(tun, routes_leave_alone_what_is_no_business_of_the_tunnel)
{
	static const struct {
		const char *route, *words;
	} cases[] = {
		{"aaaa::/64", NULL},
		{"192.168.7.0/24", NULL},
		{"aaaa::1/128", NULL},
		{"fd00::/8", NULL},
		{"::/0", "too much"},
		{"0.0.0.0/0", "too much"},
		{"0.0.0.0/1", "too much"},
		{"8000::/1", "too much"},
		{"2000::/3", "too much"},
		{"aaaa::", "no prefix length"},
		{"aaaa", "no prefix length"},
		{"aaaa::/129", "bad prefix length"},
		{"aaaa::/64 dev lo", "bad prefix length"},
		{"ff02::/16", "multicast"},
		{"fe80::/64", "link-local"},
		{"::1/128", "no network"},
		{"::ffff:10.0.0.0/104", "no network"},
		{"127.0.0.0/8", "this host"},
		{"224.0.0.0/8", "multicast"},
		{"240.0.0.0/8", "multicast"},
		{"169.254.0.0/16", "link-local"},
		{"bbbb::/64", "own network"},
		{"bbbb::/16", "own network"},
		{"bbbb::7/128", "own network"},
		{"10.2.0.0/16", "own network"},
		{"dddd::/64", "behind this agent"},
		{"dddd::/48", "behind this agent"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tun_options o = {.name = "agent_1",
		                        .mtu = 1500,
		                        .routes = LIST(cases[i].route),
		                        .re_route_if = "lan",
		                        .re_route_prefixes = LIST("dddd::/64")};
		struct settings s;
		const char *why = settings_resolve(&s, &o);

		cr_expect(cases[i].words ? why && strstr(why, cases[i].words) : !why, "%s: %s",
		          cases[i].route, why ? why : "not refused");
	}
}

Test(tun, allow_net_bounds_what_others_may_set)
{
	static const struct {
		const char *ipv6, *ipv4;
		bool allowed;
	} cases[] = {
		{"bbbb::7/64", NULL, true},
		{NULL, "10.2.0.7/24", true},
		{"bbbb::7/128", "10.2.0.7/32", true},
		{"bbbb:0:0:1::7/64", NULL, false},
		{"bbbb::7/63", NULL, false},
		{NULL, "10.2.0.7/16", false},
		{NULL, "10.2.1.7/24", false},
		{"bbbb::7/64", "10.3.0.7/24", false},
		{"2001:db8::1/64", NULL, false},
		{"fe80::1/64", NULL, false},
		{"ff02::1/64", NULL, false},
		{NULL, "10.2.0.255/24", false},
		{NULL, NULL, false},
		{"cafe::9/64", NULL, true /* the option's own */},
	};
	struct settings s = RESOLVED(.name = "a", .ipv6 = "cafe::9/64");

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct configuration c = {.ipv6 = {.family = AF_UNSPEC}};

		if (cases[i].ipv6)
			c.ipv6 = address(cases[i].ipv6);
		if (cases[i].ipv4)
			c.ipv4 = address(cases[i].ipv4);
		struct why why = {""};
		cr_expect_eq(settings_check(&s, &c, &why) == 0, cases[i].allowed, "%s %s: %s",
		             cases[i].ipv6, cases[i].ipv4, why.text);
	}
}

Test(tun, allow_net_replaces_the_defaults)
{
	struct settings s = RESOLVED(.name = "a", .allowed = LIST("cafe::1/48"));
	struct configuration there = {.ipv6 = address("cafe:0:0:5::1/64")},
			     before = {.ipv6 = address("bbbb::1/64")};

	cr_expect_eq(settings_check(&s, &there, NULL), 0);
	cr_expect_lt(settings_check(&s, &before, NULL), 0);
}
