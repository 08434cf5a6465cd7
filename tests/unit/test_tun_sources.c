/* amqp-tun: whose an address is, and who may send from it. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/sources.h"
#include "tun_test.h"

static struct address plain(const char *text)
{
	char whole[ADDRESS_TEXT_MAX];

	snprintf(whole, sizeof whole, "%s/%d", text, strchr(text, ':') ? 128 : 32);
	return address(whole);
}

static bool no_ones(const char *text)
{
	struct address a = plain(text);

	return sources_no_ones(a.family, a.octets);
}

Test(tun, no_ones_addresses)
{
	static const char *const no[] = {"::",
	                                 "::1",
	                                 "::2",
	                                 "::127.0.0.1",
	                                 "::10.2.0.2",
	                                 "::ffff:192.168.7.55",
	                                 "::ffff:127.0.0.1",
	                                 "::ffff:10.2.0.2",
	                                 "::ffff:0:10.2.0.2",
	                                 "::1:0:0:0:1",
	                                 "ff02::1",
	                                 "ff0e::1",
	                                 "ff00::",
	                                 "ffff::1",
	                                 "64:ff9b::127.0.0.1",
	                                 "64:ff9b::0.0.0.0",
	                                 "64:ff9b::224.0.0.1",
	                                 "64:ff9b::255.255.255.255",
	                                 "2002:7f00:1::1",
	                                 "2002:0:1::",
	                                 "2002:e000:1::1",
	                                 "2002:ffff:ffff::1",
	                                 "2001:0:7f00:1::1",
	                                 "2001:0:808:808::80ff:fffe" /* 127.0.0.1 */,
	                                 "0.0.0.0",
	                                 "0.1.2.3",
	                                 "127.0.0.1",
	                                 "127.255.255.255",
	                                 "224.0.0.1",
	                                 "239.1.2.3",
	                                 "240.0.0.1",
	                                 "255.255.255.255"};
	static const char *const somebodys[] = {"bbbb::1",
	                                        "fe80::1",
	                                        "fd00::1",
	                                        "fec0::1",
	                                        "2001:db8::1",
	                                        "64:ff9b::8.8.8.8",
	                                        "64:ff9c::127.0.0.1",
	                                        "2002:808:808::1",
	                                        "2001:0:808:808::f7f7:f7f7",
	                                        "1::1",

	                                        "10.2.0.2",
	                                        "1.0.0.1",
	                                        "126.255.255.255",
	                                        "128.0.0.1",
	                                        "169.254.1.1",
	                                        "223.255.255.255"};

	for (size_t i = 0; i < COUNT(no); i++)
		cr_expect(no_ones(no[i]), "%s", no[i]);
	for (size_t i = 0; i < COUNT(somebodys); i++)
		cr_expect_not(no_ones(somebodys[i]), "%s", somebodys[i]);
	cr_expect(sources_no_ones(AF_UNSPEC, (const uint8_t *)""));
}

struct place {
	struct settings settings;
	struct sources sources;
	struct address host[8];
};

static struct source_claims claims_of(const char *ipv6, const char *ipv4)
{
	struct source_claims c = {.is = {{.family = AF_UNSPEC}}};

	if (ipv6) {
		c.is[0] = plain(ipv6);
		c.is[1] = address_link_local(&c.is[0]);
	}
	if (ipv4)
		c.is[2] = plain(ipv4);
	return c;
}

/* agent_1 (bbbb::1, 10.2.0.1), with 192.168.1.0/24 and dddd::/64 behind it, a LAN of its own at
 * 172.16.5.4/24 and 2001:db8:5::4/64; peers agent_2 by its name, x by its networks, y by its word.
 */
static void set_up(struct place *p)
{
	struct source_claims name = claims_of("bbbb::2", "10.2.0.2");
	struct address behind[] = {address("192.168.1.0/24"), address("dddd::/64")};

	p->settings = RESOLVED(.name = "agent_1", .peers = LIST("agent_2", "x", "y"),
	                       .peer_nets = LIST("x=cccc::/64", "x=192.168.0.0/16",
	                                         "x=10.2.0.64/28", "x=172.16.0.0/12"));
	sources_init(&p->sources, &p->settings);
	sources_set_name(&p->sources, 0, &name);
	sources_set_own(&p->sources, &p->settings.wanted, behind, COUNT(behind));
	p->host[0] = address("172.16.5.4/24");
	p->host[1] = address("2001:db8:5::4/64");
	p->host[2] = address("127.0.0.1/8");
	p->host[3] = address("8.8.8.8/32");
	p->host[4] = address("10.2.0.99/24");
	p->host[4].prefix_length = SOURCES_ADDRESS_ALONE;
	sources_set_host(&p->sources, p->host, 5);
}

static const char *refused(struct place *p, unsigned peer, const char *ipv6, const char *ipv4)
{
	struct source_claims c = claims_of(ipv6, ipv4);
	const char *why = NULL;

	return sources_claim(&p->sources, peer, &c, &why) ? why : NULL;
}

static bool fits(const struct place *p, int peer, const char *text)
{
	struct address a = plain(text);

	return sources_fit(&p->sources, peer, a.family, a.octets);
}

static int owner(const struct place *p, const char *text)
{
	struct address a = plain(text);

	return sources_owner(&p->sources, a.family, a.octets);
}

Test(tun, whose_an_address_is)
{
	static const struct {
		const char *address;
		int owner;
	} cases[] = {
		{"bbbb::1", SOURCES_SELF},
		{"fe80::1", SOURCES_SELF},
		{"10.2.0.1", SOURCES_SELF},
		{"10.2.0.0", SOURCES_SELF},
		{"10.2.0.255", SOURCES_SELF},
		{"bbbb::", SOURCES_SELF},
		{"192.168.1.7", SOURCES_SELF},
		{"dddd::7", SOURCES_SELF},
		{"172.16.5.4", SOURCES_SELF},
		{"172.16.5.9", SOURCES_SELF},
		{"2001:db8:5::9", SOURCES_SELF},
		{"127.9.9.9", SOURCES_SELF},
		{"8.8.8.8", SOURCES_SELF},
		{"10.2.0.99", SOURCES_SELF},
		{"bbbb::2", 0},
		{"fe80::2", 0},
		{"10.2.0.2", 0},
		{"cccc::7", 1},
		{"192.168.2.7", 1},
		{"10.2.0.65", 1},
		{"172.16.6.1", 1},
		{"bbbb::9", SOURCES_NOBODY},
		{"10.2.0.9", SOURCES_NOBODY},
		{"8.8.4.4", SOURCES_NOBODY},
		{"2001:db8::1", SOURCES_NOBODY},
	};
	struct place p;

	set_up(&p);
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(owner(&p, cases[i].address), cases[i].owner, "%s", cases[i].address);
}

Test(tun, who_may_send_from_an_address)
{
	static const struct {
		int peer;
		const char *source;
		bool fits;
	} cases[] = {
		{0, "bbbb::2", true},
		{0, "fe80::2", true},
		{0, "10.2.0.2", true},
		{0, "fe80::77", true},
		{0, "bbbb::3", false},
		{0, "10.2.0.3", false},
		{0, "bbbb::1", false},
		{0, "cccc::1", false},
		{0, "8.8.4.4", false},
		{0, "169.254.1.1", false},
		{0, "::", false},
		{0, "0.0.0.0", false},
		{0, "ff02::1", false},
		{0, "::ffff:10.2.0.2", false},
		{0, "::10.2.0.2", false},
		{1, "cccc::1", true},
		{1, "192.168.2.1", true},
		{1, "192.168.1.1", false},
		{1, "172.16.5.1", false},
		{1, "172.16.6.1", true},
		{1, "bbbb::2", false},
		{1, "fe80::2", false},
		{1, "bbbb::9", true},
		{1, "10.2.0.255", false},
		{2, "bbbb::9", true},
		{2, "10.2.0.9", true},
		{2, "10.2.0.65", false},
		{2, "cccc::1", false},
		{2, "8.8.4.4", false},
		{2, "2001:db8::1", false},
		{2, "dddd::1", false},
		{2, "10.2.0.99", false},
		{2, "2002:808:808::1", false},
		{SOURCES_NOBODY, "bbbb::2", true},
		{SOURCES_NOBODY, "bbbb::9", true},
		{SOURCES_NOBODY, "cccc::9", true},
		{SOURCES_NOBODY, "fe80::9", true},
		{SOURCES_NOBODY, "bbbb::1", false},
		{SOURCES_NOBODY, "fe80::1", false},
		{SOURCES_NOBODY, "dddd::1", false},
		{SOURCES_NOBODY, "192.168.1.1", false},
		{SOURCES_NOBODY, "8.8.4.4", false},
		{SOURCES_NOBODY, "127.0.0.1", false},
	};
	struct place p;

	set_up(&p);
	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(fits(&p, cases[i].peer, cases[i].source), cases[i].fits, "peer %d, %s",
		             cases[i].peer, cases[i].source);
}

/* What the issue of claims is about: a word takes nothing that the options did not give. */
Test(tun, claims_only_narrow)
{
	static const struct {
		const char *ipv6, *ipv4;
	} no[] = {
		{NULL, "8.8.8.8"},        {NULL, "8.8.4.4"},     {NULL, "10.2.0.1"},
		{NULL, "10.2.0.2"},       {NULL, "10.2.0.65"},   {NULL, "192.168.1.1"},
		{NULL, "192.168.2.1"},    {NULL, "172.16.5.1"},  {NULL, "127.0.0.1"},
		{NULL, "224.0.0.1"},      {NULL, "10.2.0.99"},   {NULL, "169.254.169.254"},
		{"bbbb::1", NULL},        {"bbbb::2", NULL},     {"cccc::9", NULL},
		{"dddd::9", NULL},        {"2001:db8::1", NULL}, {"2001:db8:5::1", NULL},
		{"::ffff:1.2.3.4", NULL}, {"::1.2.3.4", NULL},   {"ff02::1", NULL},
	};
	struct place p;

	set_up(&p);
	for (size_t i = 0; i < COUNT(no); i++) {
		const char *what = no[i].ipv6 ? no[i].ipv6 : no[i].ipv4;

		cr_expect(refused(&p, 2, no[i].ipv6, no[i].ipv4), "%s", what);
		cr_expect_not(fits(&p, 2, what), "%s", what);
		cr_expect_neq(owner(&p, what), 2, "%s", what);
	}
	cr_expect(fits(&p, 2, "bbbb::9"), "as before");
	cr_expect_str_eq(refused(&p, 2, "bbbb::1", NULL),
	                 "is this host's, or of a network of its own");
	cr_expect_not(refused(&p, 2, "bbbb::9", "10.2.0.9"));
	cr_expect(fits(&p, 2, "bbbb::9") && fits(&p, 2, "10.2.0.9") && fits(&p, 2, "fe80::9"));
	cr_expect_not(fits(&p, 2, "bbbb::8"));
	cr_expect_not(fits(&p, 2, "10.2.0.8"));
	cr_expect_not(fits(&p, 0, "bbbb::9"));
	for (size_t i = 0; i < COUNT(no); i++) {
		refused(&p, 2, no[i].ipv6, no[i].ipv4);
		cr_expect(fits(&p, 2, "bbbb::9") && fits(&p, 2, "10.2.0.9"), "what stands stays");
		cr_expect_not(fits(&p, 2, "bbbb::8"), "nothing takes the check away");
	}
	cr_expect_not(refused(&p, 2, NULL, NULL));
	cr_expect_not(fits(&p, 2, "bbbb::8"), "nor does saying nothing");
	sources_forget(&p.sources, 2);
	cr_expect(fits(&p, 2, "bbbb::8"), "what the options give");
	cr_expect_not(fits(&p, 2, "8.8.4.4"));
	cr_expect_not(fits(&p, 2, "cccc::9"));
}

Test(tun, the_first_claim_wins)
{
	struct place p;

	set_up(&p);
	cr_expect_not(refused(&p, 2, "bbbb::9", NULL));
	cr_expect_str_eq(refused(&p, 0, "bbbb::9", NULL), "is another peer's");
	cr_expect_eq(owner(&p, "bbbb::9"), 2);
	cr_expect(fits(&p, 0, "bbbb::2"), "by its name still");
	cr_expect_not(refused(&p, 1, "cccc::9", NULL), "its own network");
	sources_forget(&p.sources, 2);
	cr_expect_eq(owner(&p, "bbbb::9"), 0, "who asked for it, too");
}

/* What is said before there is an interface counts once there is one; what has become ours is no
 * peer's. */
Test(tun, claims_follow_what_this_host_has)
{
	struct settings s = RESOLVED(.name = "a", .peers = LIST("x"));
	struct place p = {.settings = s};
	struct configuration own = {.ipv6 = address("cafe::1/64")};

	sources_init(&p.sources, &p.settings);
	cr_expect_not(refused(&p, 0, "cafe::9", "10.2.0.9"), "nothing is told of yet");
	cr_expect_not(fits(&p, 0, "cafe::9"));
	sources_set_own(&p.sources, &own, NULL, 0);
	cr_expect(fits(&p, 0, "cafe::9"));
	cr_expect_not(fits(&p, 0, "cafe::8"));
	cr_expect_not(fits(&p, 0, "10.2.0.9"), "no such network");
	p.host[0] = address("cafe::9/128");
	sources_set_host(&p.sources, p.host, 1);
	cr_expect_not(fits(&p, 0, "cafe::9"));
	cr_expect_eq(owner(&p, "cafe::9"), SOURCES_SELF);
	sources_set_host(&p.sources, p.host, 0);
	cr_expect(fits(&p, 0, "cafe::9"));
}

Test(tun, routes_lead_to_whoever_is_at_the_other_end)
{
	struct settings router = RESOLVED(.name = "agent_1", .routes = LIST("aaaa::/64")),
			one = RESOLVED(.name = "agent_1", .peers = LIST("agent_2"),
	                               .routes = LIST("aaaa::/64")),
			two = RESOLVED(.name = "agent_1", .peers = LIST("agent_2", "c"),
	                               .routes = LIST("aaaa::/64"));
	struct place p = {.settings = router};
	struct configuration own = router.wanted;

	own.route = address("cccc::/64");
	sources_init(&p.sources, &p.settings);
	sources_set_own(&p.sources, &own, NULL, 0);
	cr_expect(fits(&p, SOURCES_NOBODY, "aaaa::7"));
	cr_expect(fits(&p, SOURCES_NOBODY, "cccc::7"), "by tun.start");
	cr_expect_not(fits(&p, SOURCES_NOBODY, "aaaa:0:0:1::7"));
	p.host[0] = address("aaaa::9/128");
	sources_set_host(&p.sources, p.host, 1);
	cr_expect_not(fits(&p, SOURCES_NOBODY, "aaaa::9"));
	p.settings = one;
	cr_expect(fits(&p, 0, "aaaa::7"), "the only peer");
	p.settings = two;
	cr_expect_not(fits(&p, 0, "aaaa::7"), "--peer-net says behind which");
}

/* The options may give a peer all of the tunnel's network, but what is others' in it. */
Test(tun, the_tunnels_network_of_one_peer)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("x", "agent_3"),
	                             .peer_nets = LIST("x=bbbb::/64", "x=10.0.0.0/8"));
	struct source_claims name = claims_of("bbbb::3", "10.2.0.3");
	struct place p = {.settings = s};

	sources_init(&p.sources, &p.settings);
	sources_set_name(&p.sources, 1, &name);
	sources_set_own(&p.sources, &s.wanted, NULL, 0);
	cr_expect_eq(owner(&p, "bbbb::9"), 0);
	cr_expect_eq(owner(&p, "bbbb::3"), 1);
	cr_expect_eq(owner(&p, "bbbb::1"), SOURCES_SELF);
	cr_expect_eq(owner(&p, "10.2.0.9"), SOURCES_NOBODY, "a wider one is not that");
	cr_expect_eq(owner(&p, "10.3.0.9"), 0);
}

/* IPv4 addresses of ours that an IPv6 one has in it. */
Test(tun, gateways_addresses_with_ours_in_them)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("x"),
	                             .peer_nets = LIST("x=64:ff9b::/96", "x=2002::/16"));
	struct address behind = address("192.168.1.0/24");
	struct place p = {.settings = s};

	sources_init(&p.sources, &p.settings);
	sources_set_own(&p.sources, &s.wanted, &behind, 1);
	cr_expect(fits(&p, 0, "64:ff9b::8.8.8.8"));
	cr_expect_not(fits(&p, 0, "64:ff9b::10.2.0.1"));
	cr_expect_not(fits(&p, 0, "64:ff9b::192.168.1.5"));
	cr_expect(fits(&p, 0, "2002:808:808::1"));
	cr_expect_not(fits(&p, 0, "2002:a02:1::1"));
	cr_expect_not(sources_foreign(&p.sources, AF_INET6, plain("2002:a02:1::1").octets));
}

/* --no-source-check. */
Test(tun, any_source_but_ours)
{
	static const char *const no[] = {"bbbb::1",    "10.2.0.1", "fe80::1",   "192.168.1.7",
	                                 "172.16.5.4", "::",       "127.0.0.1", "::ffff:1.2.3.4"};
	static const char *const yes[] = {"bbbb::3", "8.8.4.4", "2001:db8::1", "cccc::1",
	                                  "fe80::3"};
	struct place p;

	set_up(&p);
	for (size_t i = 0; i < COUNT(no); i++)
		cr_expect_not(sources_foreign(&p.sources, plain(no[i]).family, plain(no[i]).octets),
		              "%s", no[i]);
	for (size_t i = 0; i < COUNT(yes); i++)
		cr_expect(sources_foreign(&p.sources, plain(yes[i]).family, plain(yes[i]).octets),
		          "%s", yes[i]);
}
