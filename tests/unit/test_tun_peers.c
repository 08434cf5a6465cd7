/* amqp-tun: which addresses belong to which peer, and what peers said about themselves. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/peers.h"
#include "tun_test.h"

static int owner(struct peers *p, const char *text)
{
	struct address a = address(text);

	return peers_owner(p, a.family, a.octets);
}

static bool source_fits(struct peers *p, unsigned peer, const char *text)
{
	struct address a = address(text);

	return peers_source_fits(p, peer, a.family, a.octets);
}

Test(tun, addresses_belong_to_peers)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("agent_2", "c", "d"),
	                             .peer_nets = LIST("d=cccc::8/125", "c=cccc::/64"));
	struct peers *p = peers_new(&s);

	cr_expect_eq(owner(p, "bbbb::1/0"), PEERS_SELF);
	cr_expect_eq(owner(p, "fe80::1/0"), PEERS_SELF);
	cr_expect_eq(owner(p, "10.2.0.1/0"), PEERS_SELF);
	cr_expect_eq(owner(p, "bbbb::2/0"), 0, "by name");
	cr_expect_eq(owner(p, "fe80::2/0"), 0);
	cr_expect_eq(owner(p, "10.2.0.2/0"), 0);
	cr_expect_eq(owner(p, "bbbb::3/0"), PEERS_NOBODY);
	cr_expect_eq(owner(p, "cccc::1/0"), 1, "by --peer-net");
	cr_expect_eq(owner(p, "cccc::9/0"), 2, "the longer prefix");
	hear(p, 1, "bbbb", "3", "s", "");
	cr_expect_eq(owner(p, "bbbb::3/0"), 1, "by tun.started");
	cr_expect_eq(owner(p, "fe80::3/0"), 1);
	hear(p, 2, "bbbb", "3", "s", "");
	cr_expect_eq(owner(p, "bbbb::3/0"), 1, "the first claim wins");
	hear(p, 2, "bbbb", "8", "s", "");
	hear(p, 1, "bbbb", "8", "s", "");
	cr_expect_eq(owner(p, "bbbb::8/0"), 2, "whatever the order of the options");
	hear(p, 2, "bbbb", "1", "s", "");
	cr_expect_eq(owner(p, "bbbb::1/0"), PEERS_SELF, "ours never move");
	hear(p, 2, "bbbb", "2", "s", "");
	cr_expect_eq(owner(p, "bbbb::2/0"), 0, "nor do those by name");
	hear(p, 1, "bbbb", "4", "s2", "");
	cr_expect_eq(owner(p, "bbbb::3/0"), PEERS_NOBODY, "given up");
	cr_expect_eq(owner(p, "bbbb::4/0"), 1);
	cr_expect_eq(peers_find(p, "d"), 2);
	cr_expect_eq(peers_find(p, "e"), PEERS_NOBODY);
	peers_free(p);
}

Test(tun, our_addresses_are_ours_even_where_a_peer_was_first)
{
	struct settings s = RESOLVED(.name = "a", .peers = LIST("agent_2"));
	struct peers *p = peers_new(&s);
	struct configuration own = {.ipv6 = address("bbbb::2/64")};

	cr_expect_eq(owner(p, "bbbb::2/0"), 0);
	peers_set_own(p, &own);
	cr_expect_eq(owner(p, "bbbb::2/0"), PEERS_SELF);
	cr_expect_eq(owner(p, "10.2.0.2/0"), 0);
	cr_expect_not(source_fits(p, 0, "bbbb::2/0"));
	peers_free(p);
}

Test(tun, sources_fit_their_peers)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("agent_2", "agent_3", "x"),
	                             .peer_nets = LIST("agent_2=cccc::/64"));
	struct peers *p = peers_new(&s);
	static const struct {
		unsigned peer;
		const char *source;
		bool fits;
	} cases[] = {
		{0, "bbbb::2/0", true},  {0, "fe80::2/0", true},   {0, "10.2.0.2/0", true},
		{0, "cccc::7/0", true},  {0, "::/0", false},       {0, "fe80::99/0", true},
		{0, "bbbb::3/0", false}, {0, "bbbb::1/0", false},  {0, "fe80::1/0", false},
		{0, "fe80::3/0", false}, {0, "10.2.0.3/0", false}, {0, "2001:db8::1/0", false},
		{0, "8.8.8.8/0", false}, {1, "cccc::7/0", false},  {2, "bbbb::9/0", true},
		{2, "bbbb::1/0", false}, {2, "bbbb::2/0", false},  {2, "ff02::1/0", false},
		{2, "cccc::1/0", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(source_fits(p, cases[i].peer, cases[i].source), cases[i].fits,
		             "peer %u, %s", cases[i].peer, cases[i].source);
	hear(p, 2, "bbbb", "9", "s", "");
	cr_expect(source_fits(p, 2, "bbbb::9/0"));
	cr_expect_not(source_fits(p, 2, "bbbb::8/0"), "once it said which is its own");
	peers_free(p);
}

Test(tun, what_is_behind_us_is_ours)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("agent_2", "x"),
	                             .peer_nets = LIST("agent_2=10.0.0.0/8", "agent_2=10.9.8.0/24"),
	                             .re_route_if = "eth1",
	                             .re_route_prefixes = LIST("10.9.0.0/16", "dddd::/48"));
	struct peers *p = peers_new(&s);
	struct configuration own = s.wanted;

	cr_expect_eq(owner(p, "10.9.1.1/0"), PEERS_SELF);
	cr_expect_eq(owner(p, "10.9.8.1/0"), 0, "the longer prefix");
	cr_expect_eq(owner(p, "10.8.1.1/0"), 0);
	cr_expect_eq(owner(p, "dddd::9/0"), PEERS_SELF);
	cr_expect_not(source_fits(p, 1, "10.9.1.1/0"), "who has said nothing may not say that");
	cr_expect_not(source_fits(p, 1, "dddd::9/0"));
	cr_expect_not(source_fits(p, 0, "10.9.1.1/0"));
	cr_expect_not(source_fits(p, 1, "cccc::9/0"), "outside of the tunnel's networks");
	own.re_route = address("cccc::5/64");
	peers_set_own(p, &own);
	cr_expect_not(source_fits(p, 1, "cccc::9/0"), "since tun.start");
	peers_free(p);
}

Test(tun, a_run_is_answered_once)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b", "c"));
	struct peers *p = peers_new(&s);

	cr_expect(hear(p, 0, "bbbb", "2", "one", ""));
	cr_expect_not(hear(p, 0, "bbbb", "2", "one", ""));
	cr_expect(hear(p, 0, "bbbb", "2", "two", ""));
	cr_expect(hear(p, 1, "bbbb", "3", "", ""), "an old agent has no session");
	cr_expect_not(hear(p, 1, "bbbb", "3", "", ""));
	peers_free(p);
}

Test(tun, the_encoding_is_what_all_read)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b", "c")),
			alone = RESOLVED(.name = "a");
	struct peers *p = peers_new(&s), *none = peers_new(&alone);

	cr_expect_eq(peers_encoding(none, PEERS_NOBODY), BUS_ENCODING_JSON, "a router");
	cr_expect_eq(peers_encoding(p, 0), BUS_ENCODING_JSON, "not heard yet");
	hear(p, 0, "bbbb", "2", "s", "json,pcap,gso");
	cr_expect_eq(peers_encoding(p, 0), BUS_ENCODING_GSO);
	cr_expect_eq(peers_encoding(p, 1), BUS_ENCODING_JSON);
	cr_expect_eq(peers_encoding(p, PEERS_NOBODY), BUS_ENCODING_GSO, "of those that are ours");
	hear(p, 1, "bbbb", "3", "s", "pcap");
	cr_expect_eq(peers_encoding(p, PEERS_NOBODY), BUS_ENCODING_PCAP);
	hear(p, 0, "bbbb", "2", "t", "json,xpcap,pcapng,gsoo");
	cr_expect_eq(peers_encoding(p, 0), BUS_ENCODING_JSON, "words, not parts of words");
	peers_free(p);
	peers_free(none);
}

static void expect_ways(struct peers *p, int peer, bool own, bool plain, uint64_t direct)
{
	struct peers_ways ways = peers_ways(p, peer);

	cr_expect_eq(ways.own, own);
	cr_expect_eq(ways.plain, plain);
	cr_expect_eq(ways.direct, direct);
}

Test(tun, only_who_said_that_it_is_ours_is_reached_by_our_keys)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b", "c"));
	struct peers *p = peers_new(&s);

	expect_ways(p, PEERS_NOBODY, false, true, 0);
	hear(p, 0, "bbbb", "2", "", "json,pcap,gso");
	expect_ways(p, 0, false, true, 0);
	hear(p, 0, "bbbb", "2", "s", "json");
	expect_ways(p, 0, false, true, 0);
	hear(p, 0, "bbbb", "2", "s", "json,pcap,gso");
	expect_ways(p, 0, true, false, 0);
	expect_ways(p, 1, false, true, 0);
	expect_ways(p, PEERS_NOBODY, true, true, 0);
	hear(p, 1, "bbbb", "3", "", "");
	expect_ways(p, 1, false, false, 2);
	peers_forget(p, 0);
	expect_ways(p, 0, false, true, 0);
	cr_expect(hear(p, 0, "bbbb", "2", "s", "json,pcap,gso"), "who comes back is answered");
	expect_ways(p, 0, true, false, 0);
	peers_free(p);
}
