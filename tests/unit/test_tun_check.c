/* amqp-tun: what a packet must be to pass. Packets end flush against an unreadable page.
 * TEST_SEED=N repeats a run of the seeded properties. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/check.h"
#include "tun_test.h"

static struct check_rules rules_of(const char *ipv6, const char *ipv4, unsigned mtu)
{
	struct check_rules rules = {.own = {address(ipv6), {.family = AF_UNSPEC}, address(ipv4)},
	                            .mtu = mtu};

	rules.own[1] = address_link_local(&rules.own[0]);
	return rules;
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

Test(tun, headers_that_cannot_be_true)
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
	struct check_rules rules = rules_of("bbbb::1/64", "10.2.0.1/24", 1500), routing = rules;
	uint8_t packet[64];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = make_packet(packet, cases[i].source, cases[i].destination);

		cr_expect_eq(check_packet(&rules, &ends, NULL, guarded(packet, length), length),
		             cases[i].verdict, "%s", cases[i].destination);
	}
	routing.behind[routing.behind_count++] = address("10.9.0.0/16");
	routing.behind[routing.behind_count++] = address("cccc::/64");
	size_t length = make_packet(packet, "bbbb::2", "cccc::7");
	cr_expect_eq(check_packet(&routing, &ends, NULL, packet, length), CHECK_PASSED);
	make_packet(packet, "bbbb::2", "cccc:0:0:1::7");
	cr_expect_eq(check_packet(&routing, &ends, NULL, packet, length), CHECK_DESTINATION);
	length = make_packet(packet, "10.2.0.2", "10.9.255.1");
	cr_expect_eq(check_packet(&routing, &ends, NULL, packet, length), CHECK_PASSED);
	make_packet(packet, "10.2.0.2", "10.10.0.1");
	cr_expect_eq(check_packet(&routing, &ends, NULL, packet, length), CHECK_DESTINATION);
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
	struct check_rules rules = rules_of("bbbb::1/64", "10.2.0.1/24", 1500);
	uint8_t packet[64];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		make_packet(packet, "10.2.0.2", "10.2.0.1");
		packet[0] = cases[i].header;
		packet[3] = (uint8_t)cases[i].length;
		packet[7] = cases[i].offset;
		packet[9] = cases[i].protocol;
		packet[(cases[i].header & 15) * 4] = cases[i].type;
		cr_expect_eq(check_packet(&rules, &ends, NULL, guarded(packet, cases[i].length),
		                          cases[i].length),
		             cases[i].verdict, "%s", cases[i].about);
	}
}

Test(tun, the_mtu_is_the_longest_packet)
{
	struct check_rules rules = rules_of("bbbb::1/64", "10.2.0.1/24", 1500);
	static uint8_t packet[2000];
	struct ends ends;

	for (size_t length = 1499; length <= 1501; length++) {
		make_packet(packet, "bbbb::2", "bbbb::1");
		packet[4] = (uint8_t)((length - 40) >> 8);
		packet[5] = (uint8_t)(length - 40);
		cr_expect_eq(check_packet(&rules, &ends, NULL, guarded(packet, length), length),
		             length > 1500 ? CHECK_OVER_MTU : CHECK_PASSED);
	}
}

Test(tun, noise_never_passes_and_never_reads_too_far)
{
	struct check_rules rules = rules_of("bbbb::1/64", "10.2.0.1/24", 1500);
	uint8_t packet[128];
	struct ends ends;

	random_seed("test_tun_check");
	for (unsigned i = 0; i < 200000; i++) {
		size_t length = random_next() % sizeof packet;

		for (size_t o = 0; o < length; o++)
			packet[o] = (uint8_t)(random_next() >> 32);
		if (check_packet(&rules, &ends, NULL, guarded(packet, length), length) ==
		    CHECK_PASSED)
			cr_assert(check_is_multicast(ends.family, ends.destination) ||
			          check_is_link_local(ends.family, ends.destination));
	}
}

Test(tun, the_segments_of_super_packets_are_within_the_mtu)
{
	struct check_rules rules = rules_of("bbbb::2/64", "10.2.0.2/24", 160);
	uint8_t octets[512];
	struct envelope_vnet vnet;
	struct envelope_packet p = tcp_super(octets, &vnet);
	struct ends ends;

	cr_expect_eq(check_packet(&rules, &ends, &vnet, guarded(octets, p.length), p.length),
	             CHECK_PASSED);
	cr_expect_eq(check_packet(&rules, &ends, NULL, octets, p.length), CHECK_OVER_MTU);
	rules.mtu = 159;
	cr_expect_eq(check_packet(&rules, &ends, &vnet, octets, p.length), CHECK_OVER_MTU);
	vnet.gso_size = 1000;
	rules.mtu = (unsigned)p.length;
	cr_expect_eq(check_packet(&rules, &ends, &vnet, octets, p.length), CHECK_PASSED,
	             "no segment is longer than the packet");
	octets[6] = 17;
	vnet = (struct envelope_vnet){
		ENVELOPE_VNET_NEEDS_CSUM, ENVELOPE_VNET_UDP_L4, 48, 100, 40, 6};
	rules.mtu = 148;
	cr_expect_eq(check_packet(&rules, &ends, &vnet, octets, p.length), CHECK_PASSED);
	rules.mtu = 147;
	cr_expect_eq(check_packet(&rules, &ends, &vnet, octets, p.length), CHECK_OVER_MTU);
}
