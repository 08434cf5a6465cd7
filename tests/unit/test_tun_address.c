/* amqp-tun: addresses with their prefix lengths. TEST_SEED=N repeats a run of the seeded
 * properties. */
#include <criterion/criterion.h>

#include "tun_test.h"

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
		struct why why = {""};
		int outcome = address_read(&a, cases[i].text, &why);

		cr_expect_eq(outcome, cases[i].written ? 0 : -1, "'%s'", cases[i].text);
		if (cases[i].written)
			cr_expect_str_eq(address_write(&a, text), cases[i].written);
		else
			cr_expect_str_not_empty(why.text, "'%s': no reason", cases[i].text);
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
		struct why why;

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
		struct why why;

		if (address_join(&a, cases[i].prefix, cases[i].host, &why) < 0)
			cr_expect_null(cases[i].address, "%s + %s: %s", cases[i].prefix,
			               cases[i].host, why.text);
		else
			cr_expect_str_eq(address_write(&a, text),
			                 cases[i].address ? cases[i].address : "a refusal",
			                 "%s + %s", cases[i].prefix, cases[i].host);
	}
}

Test(tun, what_is_split_joins_again)
{
	char prefix[ADDRESS_TEXT_MAX], host[ADDRESS_TEXT_MAX], text[ADDRESS_TEXT_MAX];
	struct why why;

	random_seed("test_tun_address");
	for (unsigned i = 0; i < 20000; i++) {
		struct address a = {.family = AF_INET6, .prefix_length = 64}, joined;

		for (unsigned o = 0; o < 16; o++)
			a.octets[o] = random_next() & 4 ? (uint8_t)(random_next() >> 40) : 0;
		if (address_unfit(&a))
			continue;
		address_split(&a, prefix, host);
		cr_assert(address_join(&joined, prefix, host, &why) == 0, "%s: '%s' '%s': %s",
		          address_write(&a, text), prefix, host, why.text);
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
