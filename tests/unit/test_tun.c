/* amqp-tun's own parts: addresses, command line, tun.start, packet checks, peers, batches, what the
 * privileged process refuses. Packets end flush against an unreadable page. TEST_SEED=N repeats a
 * run of the seeded properties. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../bin/amqp-tun/address.h"
#include "../../bin/amqp-tun/batch.h"
#include "../../bin/amqp-tun/bindings.h"
#include "../../bin/amqp-tun/check.h"
#include "../../bin/amqp-tun/filter.h"
#include "../../bin/amqp-tun/keeper.h"
#include "../../bin/amqp-tun/peers.h"
#include "../../bin/amqp-tun/settings.h"
#include "../../bin/amqp-tun/start.h"
#include "../../bin/amqp-tun/too_big.h"
#include "packet/packet.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

TestSuite(tun, .timeout = 60);

/* --- helpers --- */

static const uint8_t *guarded(const uint8_t *octets, size_t n)
{
	enum { AREA = 1 << 17 };
	static uint8_t *area;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!area) {
		area = mmap(NULL, AREA + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		            -1, 0);
		cr_assert(area != MAP_FAILED && mprotect(area + AREA, page, PROT_NONE) == 0);
	}
	cr_assert(n <= AREA);
	if (n)
		memmove(area + AREA - n, octets, n);
	return area + AREA - n;
}

static uint64_t random_state;

static void random_seed(void)
{
	const char *given = getenv("TEST_SEED");

	random_state =
		given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
	random_state |= 1;
	cr_log_info("TEST_SEED=%llu", (unsigned long long)random_state);
}

static uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * UINT64_C(0x2545F4914F6CDD1D);
}

static struct address address(const char *text)
{
	struct address a;
	const char *why = "";

	cr_assert(address_read(&a, text, &why) == 0, "%s: %s", text, why);
	return a;
}

static struct settings resolved(struct tun_options o)
{
	struct settings s;

	if (!o.mtu)
		o.mtu = 1500;
	if (!o.allowed.count)
		o.allowed = (struct option_strings){{"bbbb::/64", "10.2.0.0/24"}, 2};
	const char *why = settings_resolve(&s, &o);
	cr_assert_null(why, "%s", why);
	return s;
}

#define RESOLVED(...) resolved((struct tun_options){__VA_ARGS__})
#define LIST(...)                                                                                  \
	{                                                                                          \
		.item = {__VA_ARGS__}, .count = COUNT(((const char *[]){__VA_ARGS__}))             \
	}

/* --- address.c --- */

Test(tun, addresses_are_read)
{
	static const struct {
		const char *text, *written; /* NULL: refused */
	} cases[] = {
		{"bbbb::1/64", "bbbb::1/64"},
		{"BBBB:0:0:0::1/64", "bbbb::1/64"},
		{"10.2.0.1/24", "10.2.0.1/24"},
		{"::/0", "::/0"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"2001:db8:1:2:3:4:5:6/128", "2001:db8:1:2:3:4:5:6/128"},
		{"bbbb::1", NULL},
		{"bbbb::1/", NULL},
		{"bbbb::1/129", NULL},
		{"bbbb::1/-1", NULL},
		{"bbbb::1/+1", NULL},
		{"bbbb::1/1e1", NULL},
		{"bbbb::1/64 ", NULL},
		{"bbbb::1/0064", NULL},
		{"10.2.0.1/33", NULL},
		{"10.2.0.256/24", NULL},
		{"10.2.0/24", NULL},
		{"/64", NULL},
		{"", NULL},
		{"localhost/8", NULL},
		{"fe80::1%lo/64", NULL},
		{"bbbb::1; reboot/64", NULL},
		{"0000000000000000000000000000000000000000000000000000000000000000000000/1", NULL},
	};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a;
		const char *why = NULL;
		int outcome = address_read(&a, cases[i].text, &why);

		cr_expect_eq(outcome, cases[i].written ? 0 : -1, "'%s'", cases[i].text);
		if (cases[i].written)
			cr_expect_str_eq(address_write(&a, text), cases[i].written);
		else
			cr_expect_not_null(why, "'%s': no reason", cases[i].text);
	}
}

Test(tun, a_host_has_an_address_of_its_own)
{
	static const struct {
		const char *text;
		bool fit;
	} cases[] = {
		{"bbbb::1/64", true},   {"fe80::1/64", true},     {"10.2.0.1/24", true},
		{"10.2.0.0/31", true},  {"10.2.0.255/32", true},  {"ff02::1/64", false},
		{"::/64", false},       {"::1/128", false},       {"::ffff:1.2.3.4/96", false},
		{"10.2.0.0/24", false}, {"10.2.0.255/24", false}, {"127.0.0.1/8", false},
		{"0.1.2.3/8", false},   {"224.0.0.1/24", false},  {"255.255.255.255/32", false},
		{"10.2.0.1/0", false},  {"bbbb::1/0", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a;
		const char *why;

		cr_expect_eq(address_read_host(&a, cases[i].text, &why) == 0, cases[i].fit, "%s",
		             cases[i].text);
	}
}

Test(tun, prefix_and_host_make_an_address)
{
	static const struct {
		const char *prefix, *host, *address; /* NULL: refused */
	} cases[] = {
		{"bbbb", "1", "bbbb::1/64"},
		{"bbbb", ":3", "bbbb::3/64"},
		{"bbbb::", "3", "bbbb::3/64"},
		{"2001:db8:1:2", "3:4:5:6", "2001:db8:1:2:3:4:5:6/64"},
		{"cccc", "123:456", "cccc::123:456/64"},
		{"bbbb:0:0:1", "0:0:0:1", "bbbb:0:0:1::1/64"},
		{"1:2:3:4:5", "1", NULL},
		{"bbbb", "1:2:3:4:5", NULL},
		{"", "1", NULL},
		{"bbbb", "", NULL},
		{"bbbb", ":", NULL},
		{"bbbb", "0", "bbbb::/64"},
		{"ff02", "1", NULL},
		{"bbbb; reboot", "1", NULL},
		{"bbbb", "1 -j", NULL},
		{"bbbb", "1.2.3.4", NULL},
		{"1.2.3.4", "1", NULL},
		{"bbbb/64", "1", NULL},
		{"bbbb", "1::2", NULL},
		{"00000000000000000000000000000000000000000000000000000000000000000000000000bbbb",
	         "1", NULL},
	};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a;
		const char *why;

		if (address_join(&a, cases[i].prefix, cases[i].host, &why) < 0)
			cr_expect_null(cases[i].address, "%s + %s: %s", cases[i].prefix,
			               cases[i].host, why);
		else
			cr_expect_str_eq(address_write(&a, text),
			                 cases[i].address ? cases[i].address : "a refusal",
			                 "%s + %s", cases[i].prefix, cases[i].host);
	}
}

Test(tun, what_is_split_joins_again)
{
	char prefix[ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX];
	const char *why;

	random_seed();
	for (unsigned i = 0; i < 20000; i++) {
		struct address a = {.family = AF_INET6, .prefix_length = 64}, joined;

		for (unsigned o = 0; o < 16; o++)
			a.octets[o] = random_next() & 4 ? (uint8_t)(random_next() >> 40) : 0;
		if (address_unfit(&a))
			continue;
		address_split(&a, prefix, host);
		cr_assert(address_join(&joined, prefix, host, &why) == 0, "%s: '%s' '%s': %s",
		          address_write(&a, text), prefix, host, why);
		cr_assert(address_equal(&a, &joined), "%s: '%s' '%s'", address_write(&a, text),
		          prefix, host);
	}
}

Test(tun, prefixes_hold_addresses)
{
	static const struct {
		const char *prefix, *address;
		bool holds;
	} cases[] = {
		{"bbbb::/64", "bbbb::1/64", true},      {"bbbb::/64", "bbbb:0:0:1::1/64", false},
		{"::/0", "bbbb::1/64", true},           {"::/0", "10.2.0.1/24", false},
		{"10.2.0.0/24", "10.2.0.255/24", true}, {"10.2.0.0/24", "10.2.1.0/24", false},
		{"10.2.0.0/23", "10.2.1.0/24", true},   {"10.2.0.4/30", "10.2.0.7/24", true},
		{"10.2.0.4/30", "10.2.0.8/24", false},  {"bbbb::8/125", "bbbb::f/64", true},
		{"bbbb::8/125", "bbbb::7/64", false},   {"bbbb::1/128", "bbbb::1/64", true},
		{"bbbb::1/128", "bbbb::2/64", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address prefix = address(cases[i].prefix), a = address(cases[i].address);

		cr_expect_eq(address_in(&prefix, a.family, a.octets), cases[i].holds, "%s %s",
		             cases[i].prefix, cases[i].address);
	}
}

Test(tun, networks_broadcasts_and_masks)
{
	static const struct {
		const char *address, *network, *broadcast, *netmask;
	} cases[] = {
		{"10.2.0.5/24", "10.2.0.0/24", "10.2.0.255/24", "255.255.255.0/24"},
		{"10.2.0.5/30", "10.2.0.4/30", "10.2.0.7/30", "255.255.255.252/30"},
		{"10.2.0.5/13", "10.0.0.0/13", "10.7.255.255/13", "255.248.0.0/13"},
		{"10.2.0.5/32", "10.2.0.5/32", "10.2.0.5/32", "255.255.255.255/32"},
		{"bbbb::ff/121", "bbbb::80/121", "bbbb::ff/121",
	         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff80/121"},
	};
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address a = address(cases[i].address), network = address_network(&a),
			       broadcast = address_broadcast(&a), netmask = address_netmask(&a);

		cr_expect_str_eq(address_write(&network, text), cases[i].network);
		cr_expect_str_eq(address_write(&broadcast, text), cases[i].broadcast);
		cr_expect_str_eq(address_write(&netmask, text), cases[i].netmask);
	}
	struct address ipv6 = address("bbbb::1:2/64"), link_local = address_link_local(&ipv6);
	cr_expect_str_eq(address_write(&link_local, text), "fe80::1:2/64");
}

/* --- settings.c --- */

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
	const char *why = settings_refusal(&s, &other);
	cr_expect(why, "an address in the network behind");
	s = RESOLVED(.name = "a_1", .re_route_if = "eth1",
	             .re_route_prefixes = LIST("10.9.0.0/16"));
	cr_expect_eq(settings_behind(&s, &s.wanted, networks), 1);
	struct envelope_tun t;
	start_write(&t, &s.wanted, &s, "");
	cr_expect(t.ipv6_no_forwarding, "IPv4 only");
	cr_expect_str_eq(t.re_route_packets_if, "", "which old agents read with an IPv6 prefix");
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
		const char *why = settings_refusal(&s, &c);
		cr_expect_eq(!why, cases[i].allowed, "%s %s: %s", cases[i].ipv6, cases[i].ipv4,
		             why);
	}
}

Test(tun, allow_net_replaces_the_defaults)
{
	struct settings s = RESOLVED(.name = "a", .allowed = LIST("cafe::1/48"));
	struct configuration there = {.ipv6 = address("cafe:0:0:5::1/64")},
			     before = {.ipv6 = address("bbbb::1/64")};

	cr_expect_null(settings_refusal(&s, &there));
	cr_expect_not_null(settings_refusal(&s, &before));
}

/* --- start.c --- */

static struct envelope_tun tun(const char *prefix, const char *host)
{
	struct envelope_tun t = {.name = "a"};

	snprintf(t.ipv6_prefix, sizeof t.ipv6_prefix, "%s", prefix);
	snprintf(t.ipv6_host, sizeof t.ipv6_host, "%s", host);
	return t;
}

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
	const char *why = "";

	if (start_read(&c, &t, s, &why) < 0) {
		cr_expect_null(ipv6, "%s %s: refused: %s", ipv6, ipv4, why);
		cr_expect(strlen(why) > 5, "no reason");
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
	const char *why = "";

	cr_expect_lt(start_read(&c, &t, s, &why), 0);
	cr_expect(strstr(why, words), "%s: got %s", words, why);
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
	const char *why;

	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth1");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "cccc");
	snprintf(t.re_route_packets_host, sizeof t.re_route_packets_host, "5");
	cr_expect_lt(start_read(&c, &t, &none, &why), 0);
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_null(settings_refusal(&interface, &c));
	cr_expect_eq(start_read(&c, &t, &all, &why), 0);
	cr_expect_null(settings_refusal(&all, &c));
	cr_expect_not_null(settings_refusal(&none, &c));

	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth0");
	cr_expect_lt(start_read(&c, &t, &all, &why), 0);
	snprintf(t.re_route_packets_if, sizeof t.re_route_packets_if, "eth1");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "dddd");
	cr_expect_eq(start_read(&c, &t, &all, &why), 0);
	cr_expect_not_null(settings_refusal(&all, &c), "another network than the options name");
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_not_null(settings_refusal(&interface, &c), "a network outside of --allow-net");
	snprintf(t.re_route_packets_prefix, sizeof t.re_route_packets_prefix, "bbbb");
	cr_expect_eq(start_read(&c, &t, &interface, &why), 0);
	cr_expect_not_null(settings_refusal(&interface, &c), "the tunnel's own network");
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

/* --- check.c --- */

enum { IPV6_LENGTH = 40 + 8, IPV4_LENGTH = 20 + 8 };

static size_t make_packet(uint8_t *out, const char *source, const char *destination)
{
	char text[ADDRESS_TEXT_MAX];

	snprintf(text, sizeof text, "%s/0", source);
	struct address from = address(text);
	snprintf(text, sizeof text, "%s/0", destination);
	struct address to = address(text);
	memset(out, 0, IPV6_LENGTH);
	if (from.family == AF_INET6) {
		out[0] = 0x60;
		out[5] = 8;
		memcpy(out + 8, from.octets, 16);
		memcpy(out + 24, to.octets, 16);
		return IPV6_LENGTH;
	}
	out[0] = 0x45;
	out[3] = IPV4_LENGTH;
	memcpy(out + 12, from.octets, 4);
	memcpy(out + 16, to.octets, 4);
	return IPV4_LENGTH;
}

static struct intake intake_of(const char *ipv6, const char *ipv4, unsigned mtu)
{
	struct intake in = {.own = {address(ipv6), {.family = AF_UNSPEC}, address(ipv4)},
	                    .mtu = mtu};

	in.own[1] = address_link_local(&in.own[0]);
	return in;
}

Test(tun, packets_are_as_long_as_they_say)
{
	uint8_t packet[64];
	static const char *const ends[][2] = {{"bbbb::1", "bbbb::2"}, {"10.2.0.1", "10.2.0.2"}};

	for (size_t i = 0; i < COUNT(ends); i++) {
		size_t length = make_packet(packet, ends[i][0], ends[i][1]);

		for (size_t n = 0; n <= length + 1; n++) {
			struct ends found;
			enum check_verdict verdict = check_read(&found, guarded(packet, n), n);

			cr_expect_eq(verdict,
			             n == 0        ? CHECK_NOT_IP
			             : n == length ? CHECK_PASSED
			                           : CHECK_LENGTH,
			             "%s, %zu octets", ends[i][0], n);
		}
	}
}

Test(tun, headers_that_lie)
{
	static const struct {
		const char *about;
		size_t at;
		uint8_t octet;
		bool ipv4;
		enum check_verdict verdict;
	} cases[] = {
		{"as it is", 0, 0x60, false, CHECK_PASSED},
		{"version 5", 0, 0x50, false, CHECK_NOT_IP},
		{"version 0", 0, 0x00, false, CHECK_NOT_IP},
		{"version 15", 0, 0xf0, false, CHECK_NOT_IP},
		{"longer payload", 5, 9, false, CHECK_LENGTH},
		{"shorter payload", 5, 7, false, CHECK_LENGTH},
		{"jumbogram", 5, 0, false, CHECK_LENGTH},
		{"payload of 64 K", 4, 0xff, false, CHECK_LENGTH},
		{"as it is", 0, 0x45, true, CHECK_PASSED},
		{"header of 16", 0, 0x44, true, CHECK_LENGTH},
		{"header of 0", 0, 0x40, true, CHECK_LENGTH},
		{"options", 0, 0x47, true, CHECK_PASSED},
		{"header beyond the end", 0, 0x4f, true, CHECK_LENGTH},
		{"total length", 3, IPV4_LENGTH + 1, true, CHECK_LENGTH},
		{"total length 0", 3, 0, true, CHECK_LENGTH},
	};
	uint8_t packet[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = make_packet(packet, cases[i].ipv4 ? "10.2.0.1" : "bbbb::1",
		                            cases[i].ipv4 ? "10.2.0.2" : "bbbb::2");
		struct ends ends;

		packet[cases[i].at] = cases[i].octet;
		cr_expect_eq(check_read(&ends, guarded(packet, length), length), cases[i].verdict,
		             "%s", cases[i].about);
	}
}

Test(tun, only_what_is_for_us_enters)
{
	static const struct {
		const char *source, *destination;
		enum check_verdict verdict;
	} cases[] = {
		{"bbbb::2", "bbbb::1", CHECK_PASSED},
		{"bbbb::2", "fe80::1", CHECK_PASSED},
		{"bbbb::2", "fe80::99", CHECK_PASSED},
		{"bbbb::2", "ff02::fd", CHECK_PASSED},
		{"bbbb::2", "ff0e::1", CHECK_PASSED},
		{"bbbb::2", "bbbb::3", CHECK_DESTINATION},
		{"bbbb::2", "2001:db8::1", CHECK_DESTINATION},
		{"bbbb::2", "::1", CHECK_DESTINATION},
		{"bbbb::2", "::", CHECK_DESTINATION},
		{"bbbb::2", "fec0::1", CHECK_DESTINATION},
		{"bbbb::2", "bbbb:0:0:1::1", CHECK_DESTINATION},
		{"10.2.0.2", "10.2.0.1", CHECK_PASSED},
		{"10.2.0.2", "10.2.0.255", CHECK_PASSED},
		{"10.2.0.2", "255.255.255.255", CHECK_PASSED},
		{"10.2.0.2", "224.0.1.187", CHECK_PASSED},
		{"10.2.0.2", "169.254.169.254", CHECK_DESTINATION},
		{"10.2.0.2", "10.2.0.3", CHECK_DESTINATION},
		{"10.2.0.2", "10.2.0.0", CHECK_DESTINATION},
		{"10.2.0.2", "127.0.0.1", CHECK_DESTINATION},
		{"10.2.0.2", "192.168.1.1", CHECK_DESTINATION},
		{"10.2.0.2", "0.0.0.0", CHECK_DESTINATION},
		{"bbbb::2", "cccc::7", CHECK_DESTINATION},
	};
	struct intake in = intake_of("bbbb::1/64", "10.2.0.1/24", 1500), routing = in;
	uint8_t packet[64];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = make_packet(packet, cases[i].source, cases[i].destination);

		cr_expect_eq(check_intake(&in, &ends, NULL, guarded(packet, length), length),
		             cases[i].verdict, "%s", cases[i].destination);
	}
	routing.behind[routing.behind_count++] = address("10.9.0.0/16");
	routing.behind[routing.behind_count++] = address("cccc::/64");
	size_t length = make_packet(packet, "bbbb::2", "cccc::7");
	cr_expect_eq(check_intake(&routing, &ends, NULL, packet, length), CHECK_PASSED);
	make_packet(packet, "bbbb::2", "cccc:0:0:1::7");
	cr_expect_eq(check_intake(&routing, &ends, NULL, packet, length), CHECK_DESTINATION);
	length = make_packet(packet, "10.2.0.2", "10.9.255.1");
	cr_expect_eq(check_intake(&routing, &ends, NULL, packet, length), CHECK_PASSED);
	make_packet(packet, "10.2.0.2", "10.10.0.1");
	cr_expect_eq(check_intake(&routing, &ends, NULL, packet, length), CHECK_DESTINATION);
}

Test(tun, no_redirect_enters)
{
	static const struct {
		const char *about;
		uint8_t header, protocol, offset, type;
		size_t length;
		enum check_verdict verdict;
	} cases[] = {
		{"a redirect", 0x45, 1, 0, 5, 28, CHECK_REDIRECT},
		{"behind options", 0x47, 1, 0, 5, 36, CHECK_REDIRECT},
		{"its first octet", 0x45, 1, 0, 5, 21, CHECK_REDIRECT},
		{"an echo request", 0x45, 1, 0, 8, 28, CHECK_PASSED},
		{"UDP", 0x45, 17, 0, 5, 28, CHECK_PASSED},
		{"a later fragment", 0x45, 1, 1, 5, 28, CHECK_PASSED},
		{"a header alone", 0x45, 1, 0, 5, 20, CHECK_PASSED},
	};
	struct intake in = intake_of("bbbb::1/64", "10.2.0.1/24", 1500);
	uint8_t packet[64];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		make_packet(packet, "10.2.0.2", "10.2.0.1");
		packet[0] = cases[i].header;
		packet[3] = (uint8_t)cases[i].length;
		packet[7] = cases[i].offset;
		packet[9] = cases[i].protocol;
		packet[(cases[i].header & 15) * 4] = cases[i].type;
		cr_expect_eq(check_intake(&in, &ends, NULL, guarded(packet, cases[i].length),
		                          cases[i].length),
		             cases[i].verdict, "%s", cases[i].about);
	}
}

Test(tun, the_mtu_is_the_longest_packet)
{
	struct intake in = intake_of("bbbb::1/64", "10.2.0.1/24", 1500);
	static uint8_t packet[2000];
	struct ends ends;

	for (size_t length = 1499; length <= 1501; length++) {
		make_packet(packet, "bbbb::2", "bbbb::1");
		packet[4] = (uint8_t)((length - 40) >> 8);
		packet[5] = (uint8_t)(length - 40);
		cr_expect_eq(check_intake(&in, &ends, NULL, guarded(packet, length), length),
		             length > 1500 ? CHECK_OVER_MTU : CHECK_PASSED);
	}
}

Test(tun, noise_never_passes_and_never_reads_too_far)
{
	struct intake in = intake_of("bbbb::1/64", "10.2.0.1/24", 1500);
	uint8_t packet[128];
	struct ends ends;

	random_seed();
	for (unsigned i = 0; i < 200000; i++) {
		size_t length = random_next() % sizeof packet;

		for (size_t o = 0; o < length; o++)
			packet[o] = (uint8_t)(random_next() >> 32);
		if (check_intake(&in, &ends, NULL, guarded(packet, length), length) == CHECK_PASSED)
			cr_assert(check_is_multicast(ends.family, ends.destination) ||
			          check_is_link_local(ends.family, ends.destination));
	}
}

/* --- peers.c --- */

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

static bool hear(struct peers *p, unsigned peer, const char *prefix, const char *host,
                 const char *session, const char *encodings)
{
	struct envelope_tun t = tun(prefix, host);

	snprintf(t.session, sizeof t.session, "%s", session);
	snprintf(t.encodings, sizeof t.encodings, "%s", encodings);
	return peers_heard(p, peer, &t);
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
	peers_own(p, &own);
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
		{0, "cccc::7/0", true},  {0, "::/0", true},        {0, "fe80::99/0", true},
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
	cr_expect(source_fits(p, 1, "cccc::9/0"));
	own.re_route = address("cccc::5/64");
	peers_own(p, &own);
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
	cr_expect_eq(peers_encoding(p, PEERS_NOBODY), BUS_ENCODING_JSON);
	hear(p, 1, "bbbb", "3", "s", "pcap");
	cr_expect_eq(peers_encoding(p, PEERS_NOBODY), BUS_ENCODING_PCAP);
	hear(p, 0, "bbbb", "2", "t", "json,xpcap,pcapng,gsoo");
	cr_expect_eq(peers_encoding(p, 0), BUS_ENCODING_JSON, "words, not parts of words");
	peers_free(p);
	peers_free(none);
}

/* --- batch.c --- */

struct sent {
	char keys[8][256];
	const char *types[8];
	unsigned units[8], count, packets;
	size_t octets;
	uint8_t last_octets[8]; /* of the last packet of a gso body */
};

static void note_sent(void *context, const struct bus_publication *p)
{
	struct sent *sent = context;

	cr_assert_lt(sent->count, 8);
	snprintf(sent->keys[sent->count], sizeof sent->keys[0], "%s", p->key);
	sent->types[sent->count] = p->content_type;
	sent->units[sent->count++] = p->units;
	sent->packets += p->units;
	if (strcmp(p->content_type, ENVELOPE_PCAP) == 0) {
		struct envelope_pcap_reader reader;
		struct envelope_packet packet;
		unsigned found = 0;

		cr_assert_eq(envelope_pcap_open(&reader, p->body, p->length), ENVELOPE_OK);
		while (envelope_pcap_next(&reader, &packet) == 1) {
			found++;
			sent->octets += packet.length;
		}
		cr_assert_eq(found, p->units);
	}
	if (strcmp(p->content_type, ENVELOPE_GSO) == 0) {
		struct envelope_gso_reader reader;
		struct envelope_gso_packet packet;
		unsigned found = 0;

		cr_assert_eq(envelope_gso_open(&reader, p->body, p->length), ENVELOPE_OK);
		while (envelope_gso_next(&reader, &packet) == 1) {
			found++;
			sent->octets += packet.packet.length;
			sent->last_octets[sent->count - 1] =
				packet.packet.data[packet.packet.length - 1];
		}
		cr_assert_eq(found, p->units);
	}
}

static void open_batches(struct tunnel *t, const struct settings *s, struct sent *sent,
                         struct batches **b)
{
	*t = (struct tunnel){.settings = s, .peers = peers_new(s), .device = -1};
	snprintf(t->made.ifname, sizeof t->made.ifname, "tun0");
	memset(sent, 0, sizeof *sent);
	*b = batches_new(t, note_sent, sent);
	cr_assert(*b);
}

static void close_batches(struct tunnel *t, struct batches *b)
{
	batches_free(b);
	peers_free(t->peers);
}

static unsigned put_super(struct batches *b, int receiver, const struct envelope_vnet *vnet,
                          const struct envelope_packet *p)
{
	uint8_t *room = batches_room(b);

	envelope_vnet_write(room, vnet);
	memcpy(room + ENVELOPE_VNET_HEADER, p->data, p->length);
	return batches_take(b, receiver, ENVELOPE_VNET_HEADER + p->length, p->time_ns);
}

static void put(struct batches *b, int receiver, const struct envelope_packet *p)
{
	cr_expect_eq(put_super(b, receiver, &(struct envelope_vnet){.flags = 0}, p), 1);
}

Test(tun, json_has_one_packet_a_message)
{
	struct settings s = RESOLVED(.name = "agent_1");
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1, LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	put(b, PEERS_NOBODY, &p);
	cr_expect_eq(sent.count, 1, "a lone packet is not held back");
	put(b, PEERS_NOBODY, &p);
	batches_flush(b);
	cr_expect_eq(sent.count, 2);
	cr_expect_str_eq(sent.keys[0], "fromAgent.agent_1.ip.tun.packet.raw");
	cr_expect_str_eq(sent.types[0], ENVELOPE_JSON);
	close_batches(&t, b);
}

Test(tun, pcap_has_all_that_waits)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	static uint8_t octets[65535];
	struct envelope_packet small = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                                LINK_RAW},
			       large = {octets, 65535, 1, LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "pcap");
	for (unsigned i = 0; i < 100; i++)
		put(b, PEERS_NOBODY, &small);
	cr_expect_eq(sent.count, 0);
	batches_flush(b);
	cr_expect_eq(sent.count, 1);
	cr_expect_eq(sent.units[0], 100);
	batches_flush(b);
	cr_expect_eq(sent.count, 1, "nothing twice");
	for (unsigned i = 0; i < 3; i++)
		put(b, PEERS_NOBODY, &large);
	batches_flush(b);
	cr_expect_eq(sent.packets, 103);
	cr_expect_eq(sent.octets, 100 * small.length + 3 * large.length);
	close_batches(&t, b);
}

/* TCP over IPv6 with 3 segments of 100 octets and one of 20. */
static struct envelope_packet tcp_super(uint8_t octets[512], struct envelope_vnet *vnet)
{
	size_t length = 40 + 20 + 320;

	memset(octets, 0, 512);
	make_packet(octets, "bbbb::1", "bbbb::2");
	octets[4] = (uint8_t)((length - 40) >> 8);
	octets[5] = (uint8_t)(length - 40);
	octets[6] = 6;
	octets[40 + 12] = 5 << 4;
	*vnet = (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_TCPV6, 60, 100, 40, 16};
	return (struct envelope_packet){octets, length, 1, LINK_RAW};
}

Test(tun, gso_has_super_packets_and_the_others_what_they_stand_for)
{
	static const struct {
		const char *reads, *type;
		unsigned packets, bodies;
	} cases[] = {{"json,pcap,gso", ENVELOPE_GSO, 1, 1},
	             {"json,pcap", ENVELOPE_PCAP, 4, 1},
	             {"json", ENVELOPE_JSON, 4, 4}};
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	uint8_t octets[512];
	struct envelope_vnet vnet;
	struct envelope_packet p = tcp_super(octets, &vnet);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tunnel t;
		struct sent sent;
		struct batches *b;

		open_batches(&t, &s, &sent, &b);
		t.made.offload = true;
		hear(t.peers, 0, "bbbb", "2", "s", cases[i].reads);
		cr_expect_eq(put_super(b, PEERS_NOBODY, &vnet, &p), cases[i].packets);
		batches_flush(b);
		cr_assert_eq(sent.count, cases[i].bodies);
		cr_expect_str_eq(sent.types[0], cases[i].type);
		cr_expect_eq(sent.packets, cases[i].packets);
		if (i == 1)
			cr_expect_eq(sent.octets, 4 * 60 + 320,
			             "the headers four times, the payload once");
		close_batches(&t, b);
	}
}

Test(tun, gso_goes_out_when_the_next_one_might_not_fit)
{
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b"));
	static uint8_t octets[65535];
	struct envelope_packet small = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1,
	                                LINK_RAW},
			       large = {octets, 65535, 1, LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "json,pcap,gso");
	put(b, PEERS_NOBODY, &small);
	batches_flush(b);
	cr_expect_str_eq(sent.types[0], ENVELOPE_PCAP,
	                 "a device without super-packets gains nothing");
	t.made.offload = true;
	put(b, PEERS_NOBODY, &small);
	put(b, PEERS_NOBODY, &small);
	put(b, PEERS_NOBODY, &large);
	cr_expect_eq(sent.count, 1);
	put(b, PEERS_NOBODY, &large);
	cr_assert_eq(sent.count, 2, "what came first goes first");
	cr_expect_eq(sent.units[1], 3);
	cr_expect_eq(sent.octets, small.length + 2 * small.length + large.length);
	hear(t.peers, 0, "bbbb", "2", "t", "json,pcap");
	put(b, PEERS_NOBODY, &small);
	cr_expect_eq(sent.count, 3);
	hear(t.peers, 0, "bbbb", "2", "u", "json,pcap,gso");
	put(b, PEERS_NOBODY, &small);
	cr_assert_eq(sent.count, 4, "another encoding: the batch that has begun goes first");
	cr_expect_str_eq(sent.types[3], ENVELOPE_PCAP);
	cr_expect_eq(put_super(b, PEERS_NOBODY, &(struct envelope_vnet){.hdr_len = 100}, &small), 0,
	             "an impossible header");
	hear(t.peers, 0, "bbbb", "2", "v", "json");
	put(b, PEERS_NOBODY, &small);
	batches_flush(b);
	cr_assert_eq(sent.count, 6);
	cr_expect_str_eq(sent.types[4], ENVELOPE_GSO);
	cr_expect_str_eq(sent.types[5], ENVELOPE_JSON);
	cr_expect_eq(sent.packets, 8);
	close_batches(&t, b);
}

/* A packet is read into the body for the peer of the last one. */
Test(tun, each_peer_gets_its_own)
{
	static const unsigned units[] = {1, 4, 2}, last[] = {3, 6, 5};
	struct settings s = RESOLVED(.name = "agent_1", .peers = LIST("b", "c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1, LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	t.made.offload = true;
	for (unsigned peer = 0; peer < 2; peer++)
		hear(t.peers, peer, "bbbb", peer ? "3" : "2", "s", "json,pcap,gso");
	for (unsigned i = 0; i < 7; i++) {
		int receiver = i == 3 ? PEERS_NOBODY : (int)(i % 2);

		octets[p.length - 1] = (uint8_t)i;
		put(b, receiver, &p);
	}
	cr_expect_eq(sent.count, 0);
	batches_flush(b);
	cr_assert_eq(sent.count, 3);
	for (unsigned i = 0; i < 3; i++) {
		cr_expect_eq(sent.units[i], units[i]);
		cr_expect_eq(sent.last_octets[i], last[i]);
	}
	cr_expect_str_eq(sent.keys[2], "fromAgent.agent_1.ip.tun.packet.raw.to.c");
	octets[p.length - 1] = 9;
	put(b, 1, &p);
	hear(t.peers, 1, "bbbb", "3", "t", "json,pcap");
	put(b, 1, &p);
	cr_assert_eq(sent.count, 4);
	cr_expect_eq(sent.last_octets[3], 9,
	             "whole, though the next one was read into the same body");
	batches_flush(b);
	cr_expect_eq(sent.octets, 8 * p.length + p.length);
	close_batches(&t, b);
}

Test(tun, the_segments_of_super_packets_are_within_the_mtu)
{
	struct intake in = intake_of("bbbb::2/64", "10.2.0.2/24", 160);
	uint8_t octets[512];
	struct envelope_vnet vnet;
	struct envelope_packet p = tcp_super(octets, &vnet);
	struct ends ends;

	cr_expect_eq(check_intake(&in, &ends, &vnet, guarded(octets, p.length), p.length),
	             CHECK_PASSED);
	cr_expect_eq(check_intake(&in, &ends, NULL, octets, p.length), CHECK_OVER_MTU);
	in.mtu = 159;
	cr_expect_eq(check_intake(&in, &ends, &vnet, octets, p.length), CHECK_OVER_MTU);
	vnet.gso_size = 1000;
	in.mtu = (unsigned)p.length;
	cr_expect_eq(check_intake(&in, &ends, &vnet, octets, p.length), CHECK_PASSED,
	             "no segment is longer than the packet");
	octets[6] = 17;
	vnet = (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_UDP_L4, 48, 100, 40, 6};
	in.mtu = 148;
	cr_expect_eq(check_intake(&in, &ends, &vnet, octets, p.length), CHECK_PASSED);
	in.mtu = 147;
	cr_expect_eq(check_intake(&in, &ends, &vnet, octets, p.length), CHECK_OVER_MTU);
}

static uint16_t sum_of(uint32_t sum, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)octets[i] << 8 | octets[i + 1];
	if (length % 2)
		sum += (uint32_t)octets[length - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

Test(tun, what_is_too_big_is_answered)
{
	uint8_t packet[1500] = {0}, out[TOO_BIG_MAX];
	struct ends ends;

	make_packet(packet, "bbbb::1", "bbbb::2");
	packet[4] = 1460 >> 8;
	packet[5] = 1460 & 0xff;
	packet[6] = 17;
	size_t octets = too_big_answer(out, guarded(packet, 1500), 1500, 1280);
	cr_assert_eq(octets, 1280);
	cr_expect_eq(check_read(&ends, out, octets), CHECK_PASSED);
	cr_expect_eq(memcmp(out + 8, packet + 24, 16), 0);
	cr_expect_eq(memcmp(out + 24, packet + 8, 16), 0);
	cr_expect_eq(memcmp(out + 40, (uint8_t[]){2, 0}, 2), 0);
	cr_expect_eq(memcmp(out + 44, (uint8_t[]){0, 0, 0x05, 0x00}, 4), 0, "the MTU");
	cr_expect_eq(memcmp(out + 48, packet, 1232), 0);
	cr_expect_eq(sum_of((uint32_t)octets - 40 + 58, out + 8, octets - 8), 0xffff);

	make_packet(packet, "10.2.0.1", "10.2.0.2");
	packet[2] = 1499 >> 8;
	packet[3] = 1499 & 0xff;
	packet[6] = 0x40;
	packet[9] = 17;
	octets = too_big_answer(out, guarded(packet, 1499), 1499, 1300);
	cr_assert_eq(octets, 576);
	cr_expect_eq(check_read(&ends, out, octets), CHECK_PASSED);
	cr_expect_eq(memcmp(out + 12, (uint8_t[]){10, 2, 0, 2, 10, 2, 0, 1, 3, 4}, 10), 0);
	cr_expect_eq(memcmp(out + 26, (uint8_t[]){0x05, 0x14}, 2), 0);
	cr_expect_eq(sum_of(0, out, 20), 0xffff);
	cr_expect_eq(sum_of(0, out + 20, octets - 20), 0xffff);
	octets = too_big_answer(out, guarded(packet, 101), 101, 1300);
	cr_expect_eq(octets, 28 + 101);
	cr_expect_eq(sum_of(0, out + 20, octets - 20), 0xffff, "an odd number of octets");
}

Test(tun, what_may_not_be_answered_is_not)
{
	static const struct {
		const char *destination, *about;
		size_t at, length;
		uint8_t value, type;
	} cases[] = {
		{"ff02::fd", "multicast", 6, 100, 17, 0},
		{"bbbb::2", "an ICMPv6 error", 6, 100, 58, 1},
		{"bbbb::2", "ICMPv6 without a type", 6, 40, 58, 0},
		{"10.2.0.2", "may be fragmented", 6, 100, 0, 0},
		{"10.2.0.2", "a later fragment", 6, 100, 0x41, 0},
		{"10.2.0.2", "ICMP error", 9, 100, 1, 3},
		{"224.0.0.1", "multicast", 9, 100, 17, 0},
	};
	uint8_t packet[100], out[TOO_BIG_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(packet, 0, sizeof packet);
		make_packet(packet, strchr(cases[i].destination, ':') ? "bbbb::1" : "10.2.0.1",
		            cases[i].destination);
		if (packet[0] == 0x45)
			packet[6] = 0x40;
		packet[packet[0] == 0x45 ? 20 : 40] = cases[i].type;
		packet[cases[i].at] = cases[i].value;
		cr_expect_eq(too_big_answer(out, guarded(packet, cases[i].length), cases[i].length,
		                            1280),
		             0, "%s", cases[i].about);
	}
	memset(packet, 0, sizeof packet);
	make_packet(packet, "bbbb::1", "bbbb::2");
	packet[6] = 58;
	packet[40] = 128;
	cr_expect_eq(too_big_answer(out, packet, 100, 1280), 148, "an echo request is no error");
}

Test(tun, what_is_for_one_peer_has_its_key)
{
	struct settings s = RESOLVED(.name = "a", .peers = LIST("b", "c"));
	uint8_t octets[64];
	struct envelope_packet p = {octets, make_packet(octets, "bbbb::1", "bbbb::2"), 1, LINK_RAW};
	struct tunnel t;
	struct sent sent;
	struct batches *b;

	open_batches(&t, &s, &sent, &b);
	hear(t.peers, 0, "bbbb", "2", "s", "pcap");
	put(b, 0, &p);
	put(b, 1, &p);
	put(b, PEERS_NOBODY, &p);
	put(b, 0, &p);
	batches_flush(b);
	cr_assert_eq(sent.count, 3);
	cr_expect_str_eq(sent.keys[0], "fromAgent.a.ip.tun.packet.raw.to.c");
	cr_expect_str_eq(sent.keys[1], "fromAgent.a.ip.tun.packet.raw");
	cr_expect_str_eq(sent.keys[2], "fromAgent.a.ip.tun.packet.raw.to.b");
	cr_expect_str_eq(sent.types[2], ENVELOPE_PCAP);
	cr_expect_eq(sent.units[2], 2);
	close_batches(&t, b);
}

/* --- bindings.c --- */

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

/* --- keeper.c: what the privileged process refuses --- */

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
	const char *why = keeper_refusal(s, state, &r, size);

	if (words)
		cr_expect(why && strstr(why, words), "%s: got %s", words, why ? why : "nothing");
	else
		cr_expect_null(why, "%s", why);
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
}

Test(tun, no_request_gets_past_the_bounds)
{
	struct settings s = RESOLVED(.name = "a");
	struct address ipv6 = address("bbbb::/64"), ipv4 = address("10.2.0.0/24");

	random_seed();
	for (unsigned i = 0; i < 200000; i++) {
		struct keeper_request r = configure_request("bbbb::5/64", "10.2.0.5/24");
		uint8_t *octets = (uint8_t *)&r;

		for (unsigned flips = 1 + random_next() % 4; flips; flips--)
			octets[random_next() % sizeof r] ^= (uint8_t)(1u << (random_next() >> 61));
		if (keeper_refusal(&s, KEEPER_OPENED, &r, sizeof r) ||
		    r.operation != KEEPER_CONFIGURE)
			continue;
		cr_assert_eq(r.wanted.re_route.family, AF_UNSPEC);
		if (r.wanted.ipv6.family != AF_UNSPEC)
			cr_assert(address_in(&ipv6, r.wanted.ipv6.family, r.wanted.ipv6.octets) &&
			          r.wanted.ipv6.prefix_length >= 64);
		if (r.wanted.ipv4.family != AF_UNSPEC)
			cr_assert(address_in(&ipv4, r.wanted.ipv4.family, r.wanted.ipv4.octets) &&
			          r.wanted.ipv4.prefix_length >= 24);
	}
}

/* --- filter.c --- */

#if FILTER_BUILT

static void *nothing(void *context)
{
	return context;
}

/* Each in a process of its own: a filter stays. Exit status 0: as expected. */
static int calls_in_the_filter(void)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICSERV}, *found = NULL;
	struct rlimit limit = {0, 0};
	pthread_t thread;
	int fds[2], one = 1;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	filter_system_calls();
	if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
		return 1;
	if (getaddrinfo("localhost", "5672", &hints, &found) != 0)
		return 2;
	freeaddrinfo(found);
	fds[0] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fds[0] < 0 || setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &one, sizeof one) < 0)
		return 3;
	if (open("/etc/hosts", O_RDONLY) < 0)
		return 4;
	if (open("/dev/null", O_WRONLY) >= 0 || open("/dev/null", O_RDWR) >= 0)
		return 5;
	if (socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EPERM)
		return 6;
	if (fork() >= 0 || errno != EPERM)
		return 7;
	if (execl("/bin/true", "true", (char *)NULL) == 0 || errno != EPERM)
		return 8;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || errno != EPERM)
		return 9;
	if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM || kill(getppid(), 0) == 0 ||
	    errno != EPERM)
		return 10;
	if (ioctl(0, TUNSETIFF, NULL) == 0 || errno != EPERM)
		return 11;
	return setrlimit(RLIMIT_CORE, &limit) == 0 || errno != EPERM ? 12 : 0;
}

Test(tun, the_filter_lets_it_connect_and_nothing_else)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(calls_in_the_filter());
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
	cr_expect_eq(WEXITSTATUS(status), 0, "the call number %d", WEXITSTATUS(status));
}
#else
/* A sanitizer needs calls that the filter forbids. */
Test(tun, the_filter_lets_it_connect_and_nothing_else)
{
	filter_system_calls();
	cr_assert_eq(prctl(PR_GET_SECCOMP), 0);
}
#endif
