/* amqp-tun: messages and headers that would change this host, or hide what they are. Packets end
 * flush against an unreadable page. */
#include <criterion/criterion.h>

#include "../../bin/amqp-tun/check.h"
#include "tun_test.h"

static struct check_rules rules(void)
{
	struct check_rules r = {
		.own = {address("bbbb::1/64"), address("fe80::1/64"), address("10.2.0.1/24")},
		.mtu = 1500};

	r.behind[r.behind_count++] = address("192.168.1.0/24");
	r.behind[r.behind_count++] = address("cccc::/64");
	return r;
}

static void set_length(uint8_t *packet, size_t length)
{
	size_t said = packet[0] >> 4 == 6 ? length - 40 : length, at = packet[0] >> 4 == 6 ? 4 : 2;

	packet[at] = (uint8_t)(said >> 8);
	packet[at + 1] = (uint8_t)said;
}

static enum check_verdict check(const uint8_t *packet, size_t length, struct ends *ends)
{
	static uint8_t copy[2048];
	struct check_rules r = rules();

	memcpy(copy, packet, length);
	set_length(copy, length);
	return check_packet(&r, ends, NULL, guarded(copy, length), length);
}

/* An ICMP message of this type from the peer, whose quoted packet has those ends; NULL: it quotes
 * nothing. Returns its length. */
static size_t make_icmp(uint8_t *out, const char *to, uint8_t type, const char *quoted_source,
                        const char *quoted_destination)
{
	bool six = strchr(to, ':');
	size_t header = six ? 40 : 20;

	make_packet(out, six ? "bbbb::2" : "10.2.0.2", to);
	out[six ? 6 : 9] = six ? 58 : 1;
	memset(out + header, 0, 8);
	out[header] = type;
	if (!quoted_source)
		return header + 8;
	uint8_t *quoted = out + header + 8;
	size_t length = header + 8 + make_packet(quoted, quoted_source, quoted_destination);

	quoted[strchr(quoted_source, ':') ? 6 : 9] = 17;
	return length;
}

Test(tun, icmp_errors_are_about_what_we_sent)
{
	static const struct {
		const char *to, *source, *destination;
		enum check_verdict verdict;
	} cases[] = {
		{"bbbb::1", "bbbb::1", "bbbb::2", CHECK_PASSED},
		{"fe80::1", "fe80::1", "fe80::2", CHECK_PASSED},
		{"cccc::7", "cccc::7", "bbbb::2", CHECK_PASSED},
		{"bbbb::1", "bbbb::1", "2001:db8::1",
	         CHECK_PASSED}, /* whose that is, sources say */
		{"bbbb::1", "cccc::7", "bbbb::2", CHECK_QUOTE},
		{"bbbb::1", "2001:db8:5::4", "2001:db8::8888", CHECK_QUOTE},
		{"bbbb::1", "bbbb::2", "bbbb::1", CHECK_QUOTE},
		{"bbbb::1", "10.2.0.1", "10.2.0.2", CHECK_QUOTE},
		{"ff02::1", "bbbb::1", "bbbb::2", CHECK_QUOTE},
		{"ff02::1", "ff02::1", "bbbb::2", CHECK_QUOTE},
		{"fe80::99", "fe80::99", "bbbb::2", CHECK_QUOTE},
		{"bbbb::1", NULL, NULL, CHECK_QUOTE},
		{"10.2.0.1", "10.2.0.1", "10.2.0.2", CHECK_PASSED},
		{"192.168.1.7", "192.168.1.7", "10.2.0.2", CHECK_PASSED},
		{"10.2.0.1", "10.2.0.1", "8.8.8.8", CHECK_PASSED},
		{"10.2.0.1", "192.0.2.2", "8.8.8.8", CHECK_QUOTE},
		{"10.2.0.1", "192.168.1.7", "10.2.0.2", CHECK_QUOTE},
		{"10.2.0.255", "10.2.0.255", "10.2.0.2", CHECK_QUOTE},
		{"10.2.0.1", "bbbb::1", "bbbb::2", CHECK_QUOTE},
		{"10.2.0.1", "a02:1::9", "bbbb::2", CHECK_QUOTE}, /* begins as ours of IPv4 */
		{"10.2.0.1", NULL, NULL, CHECK_QUOTE},
	};
	static const uint8_t six[] = {0, 1, 2, 3, 4, 5, 100, 127}, four[] = {3, 4, 11, 12, 31};
	uint8_t packet[256];

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is_six = strchr(cases[i].to, ':');

		for (size_t t = 0; t < (is_six ? COUNT(six) : COUNT(four)); t++) {
			size_t length = make_icmp(packet, cases[i].to, is_six ? six[t] : four[t],
			                          cases[i].source, cases[i].destination);
			struct ends ends;

			cr_expect_eq(check(packet, length, &ends), cases[i].verdict,
			             "to %s about %s to %s", cases[i].to, cases[i].source,
			             cases[i].destination);
			if (cases[i].verdict != CHECK_PASSED)
				continue;
			struct address quoted = address(is_six ? "::/0" : "0.0.0.0/0");
			memcpy(quoted.octets, ends.quoted, address_size(quoted.family));
			char text[ADDRESS_TEXT_MAX];
			cr_expect_str_eq(address_write_plain(&quoted, text), cases[i].destination);
		}
	}
}

/* To an IPv6 packet of length octets: an extension header of this type with so many octets, which
 * is behind those that are there. Returns its length then. */
static size_t add_extension(uint8_t *packet, size_t length, uint8_t *next, uint8_t type,
                            size_t octets)
{
	uint8_t *extension = packet + length;

	memset(extension, 0, octets);
	extension[0] = 17;
	extension[1] = type == 51 ? (uint8_t)(octets / 4 - 2) : (uint8_t)(octets / 8 - 1);
	if (type == 60) /* padding */
		extension[2] = 1, extension[3] = (uint8_t)(octets - 4);
	*next = type;
	return length + octets;
}

/* Linux looks for a segment routing header in the packet that an error quotes, and takes its last
 * address for the destination: a peer's error would end another peer's flows. */
Test(tun, quotes_whose_destination_is_elsewhere)
{
	enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };
	static const struct {
		uint8_t types[3];
		unsigned count;
		enum check_verdict verdict;
	} cases[] = {
		{{0}, 0, CHECK_PASSED},
		{{DESTINATION}, 1, CHECK_PASSED},
		{{HOP_BY_HOP, DESTINATION, FRAGMENT}, 3, CHECK_PASSED},
		{{ROUTING}, 1, CHECK_QUOTE},
		{{HOP_BY_HOP, ROUTING}, 2, CHECK_QUOTE},
		{{DESTINATION, HOP_BY_HOP, ROUTING}, 3, CHECK_QUOTE},
		{{AUTHENTICATION, ROUTING}, 2, CHECK_QUOTE},
		{{FRAGMENT, ROUTING}, 2, CHECK_QUOTE},
	};
	uint8_t packet[512];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t quote = make_icmp(packet, "bbbb::1", 1, NULL, NULL), length = quote + 40;
		uint8_t *next = packet + quote + 6;

		make_packet(packet + quote, "bbbb::1", "bbbb::2");
		*next = 17;
		for (unsigned e = 0; e < cases[i].count; e++) {
			uint8_t type = cases[i].types[e];
			size_t at = length, octets = type == ROUTING          ? 24
			                             : type == AUTHENTICATION ? 16
			                                                      : 8;

			length = add_extension(packet, length, next, type, octets);
			next = packet + at;
		}
		memset(packet + length, 0, 8); /* UDP */
		length += 8;
		cr_expect_eq(check(packet, length, &ends), cases[i].verdict, "%zu", i);
		/* Nor where the quote ends inside of them. */
		if (cases[i].count)
			cr_expect_eq(check(packet, quote + 44, &ends), CHECK_QUOTE, "%zu", i);
	}
}

Test(tun, quotes_are_whole_or_nothing)
{
	uint8_t packet[256];
	struct ends ends;

	for (unsigned version = 4; version <= 6; version += 2) {
		size_t length = version == 6
		                        ? make_icmp(packet, "bbbb::1", 2, "bbbb::1", "bbbb::2")
		                        : make_icmp(packet, "10.2.0.1", 3, "10.2.0.1", "10.2.0.2"),
		       header = version == 6 ? 40 : 20;

		for (size_t n = header + 1; n <= length; n++)
			cr_expect_eq(check(packet, n, &ends),
			             n < header + 8 + header ? CHECK_QUOTE : CHECK_PASSED,
			             "IPv%u, %zu octets", version, n);
	}
}

Test(tun, errors_in_fragments_are_none)
{
	uint8_t packet[256];
	struct ends ends;
	size_t length = make_icmp(packet, "10.2.0.1", 3, "10.2.0.1", "10.2.0.2");

	cr_expect_eq(check(packet, length, &ends), CHECK_PASSED);
	packet[6] = 0x20;
	cr_expect_eq(check(packet, length, &ends), CHECK_QUOTE);
	length = make_icmp(packet, "bbbb::1", 2, "bbbb::1", "bbbb::2");
	memmove(packet + 48, packet + 40, length - 40);
	packet[6] = 44;
	memcpy(packet + 40, (uint8_t[]){58, 0, 0, 0, 0, 0, 0, 7}, 8);
	cr_expect_eq(check(packet, length + 8, &ends), CHECK_QUOTE, "nor in the only one");
}

Test(tun, what_changes_routers_and_neighbours)
{
	static const struct {
		const char *to;
		unsigned first, last;
		enum check_verdict verdict;
	} cases[] = {
		{"bbbb::1", 128, 132, CHECK_PASSED},    {"bbbb::1", 133, 136, CHECK_DISCOVERY},
		{"ff02::1", 133, 136, CHECK_DISCOVERY}, {"bbbb::1", 137, 137, CHECK_REDIRECT},
		{"fe80::1", 137, 137, CHECK_REDIRECT},  {"bbbb::1", 138, 138, CHECK_DISCOVERY},
		{"bbbb::1", 139, 140, CHECK_PASSED},    {"bbbb::1", 141, 142, CHECK_DISCOVERY},
		{"ff02::16", 143, 143, CHECK_PASSED},   {"bbbb::1", 144, 149, CHECK_DISCOVERY},
		{"ff02::1", 151, 153, CHECK_DISCOVERY}, {"bbbb::1", 154, 255, CHECK_PASSED},
		{"10.2.0.1", 0, 0, CHECK_PASSED},       {"10.2.0.1", 8, 8, CHECK_PASSED},
		{"10.2.0.1", 5, 5, CHECK_REDIRECT},     {"10.2.0.1", 9, 10, CHECK_DISCOVERY},
		{"224.0.0.1", 9, 9, CHECK_DISCOVERY},   {"10.2.0.1", 13, 18, CHECK_PASSED},
	};
	uint8_t packet[256];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned type = cases[i].first; type <= cases[i].last; type++) {
			size_t length = make_icmp(packet, cases[i].to, (uint8_t)type, NULL, NULL);

			cr_expect_eq(check(packet, length, &ends), cases[i].verdict, "%u to %s",
			             type, cases[i].to);
			packet[strchr(cases[i].to, ':') ? 6 : 9] = 17;
			cr_expect_eq(check(packet, length, &ends), CHECK_PASSED, "UDP");
		}
}

/* An IPv6 packet whose first next header is `next`, and what follows. */
static size_t make_chain(uint8_t *out, uint8_t next, const uint8_t *chain, size_t n)
{
	make_packet(out, "bbbb::2", "bbbb::1");
	out[6] = next;
	memcpy(out + 40, chain, n);
	return 40 + n;
}

#define HOP   "\x00\x01\x04\0\0\0\0"
#define TCP20 "\0\1\0\2\0\0\0\0\0\0\0\0\x50\x10\0\0\0\0\0\0"

Test(tun, nothing_hides_behind_headers)
{
	static const struct {
		const char *about;
		uint8_t next;
		const char *chain;
		size_t n;
		enum check_verdict verdict;
	} cases[] = {
		{"hop-by-hop options, listener report", 0, "\x3a" HOP "\x8f\0\0\0\0\0\0\0", 16,
	         CHECK_PASSED},
		{"redirect behind hop-by-hop options", 0, "\x3a" HOP "\x89\0\0\0\0\0\0\0", 16,
	         CHECK_REDIRECT},
		{"advertisement behind destination options", 60, "\x3a" HOP "\x86\0\0\0\0\0\0\0",
	         16, CHECK_DISCOVERY},
		{"behind both", 0, "\x3c" HOP "\x3a" HOP "\x88\0\0\0\0\0\0\0", 24, CHECK_DISCOVERY},
		{"error behind options", 60, "\x3a" HOP "\x02\0\0\0\0\0\0\0", 16, CHECK_QUOTE},
		{"TCP behind options", 60, "\x06" HOP TCP20, 28, CHECK_PASSED},
		{"type 0 routing", 43, "\x06\x00\x00\x01\0\0\0\0" TCP20, 28, CHECK_ROUTE},
		{"type 2 routing", 43, "\x06\x00\x02\x01\0\0\0\0" TCP20, 28, CHECK_ROUTE},
		{"type 4 routing, at its end", 43, "\x29\x00\x04\x00\0\0\0\0" TCP20, 28,
	         CHECK_ROUTE},
		{"routing behind options", 60, "\x2b" HOP "\x06\x00\x00\x01\0\0\0\0" TCP20, 36,
	         CHECK_ROUTE},
		{"routing in a first fragment", 44,
	         "\x2b\0\0\1\0\0\0\0\x06\x00\x00\x01\0\0\0\0" TCP20, 36, CHECK_ROUTE},
		{"a home address", 60,
	         "\x06\x02\x01\x02\0\0\xc9\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" TCP20, 44,
	         CHECK_ROUTE},
		{"first fragment of UDP", 44, "\x11\0\0\1\0\0\0\0\0\1\0\2\0\x20\0\0", 16,
	         CHECK_PASSED},
		{"first fragment of a redirect", 44, "\x3a\0\0\1\0\0\0\0\x89\0\0\0\0\0\0\0", 16,
	         CHECK_REDIRECT},
		{"first fragment of an error", 44, "\x3a\0\0\1\0\0\0\0\x01\0\0\0\0\0\0\0", 16,
	         CHECK_QUOTE},
		{"an error as its only fragment", 44, "\x3a\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0", 16,
	         CHECK_QUOTE},
		{"first fragment of an echo request", 44, "\x3a\0\0\1\0\0\0\0\x80\0\0\0\0\0\0\0",
	         16, CHECK_PASSED},
		{"first fragment without its header", 44, "\x3a\0\0\1\0\0\0\0", 8, CHECK_CHAIN},
		{"first fragment with a part of it", 44, "\x3a\0\0\1\0\0\0\0\x80\0\0\0\0\0\0", 15,
	         CHECK_CHAIN},
		{"first fragment that ends in its options", 44,
	         "\x3c\0\0\1\0\0\0\0\x3a\x01\x01\x0c\0\0\0\0", 16, CHECK_CHAIN},
		{"redirect behind options in a first fragment", 44,
	         "\x3c\0\0\1\0\0\0\0\x3a" HOP "\x89\0\0\0\0\0\0\0", 24, CHECK_REDIRECT},
		{"a later fragment", 44, "\x3a\0\0\x09\0\0\0\0\x89\0\0\0\0\0\0\0", 16,
	         CHECK_PASSED},
		{"a fragment of a fragment", 44, "\x2c\0\0\1\0\0\0\0\x3a\0\0\x09\0\0\0\0", 16,
	         CHECK_CHAIN},
		{"options that run out", 60, "\x3a\x05\x01\x04\0\0\0\0", 8, CHECK_CHAIN},
		{"nine headers", 60,
	         "\x3c" HOP "\x3c" HOP "\x3c" HOP "\x3c" HOP "\x3c" HOP "\x3c" HOP "\x3c" HOP
	         "\x3c" HOP "\x3a" HOP "\x80\0\0\0\0\0\0\0",
	         80, CHECK_CHAIN},
	};
	uint8_t packet[256];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = make_chain(packet, cases[i].next, (const uint8_t *)cases[i].chain,
		                           cases[i].n);

		cr_expect_eq(check(packet, length, &ends), cases[i].verdict, "%s", cases[i].about);
	}
}

Test(tun, nothing_hides_in_ipv4)
{
	static const struct {
		const char *about;
		uint8_t options[8];
		uint8_t fragment[2], protocol, type;
		size_t octets; /* behind the header */
		enum check_verdict verdict;
	} cases[] = {
		{"record route", {7, 7, 4}, {0, 0}, 17, 0, 8, CHECK_PASSED},
		{"loose source route", {131, 7, 4, 1, 2, 3, 4}, {0, 0}, 17, 0, 8, CHECK_ROUTE},
		{"strict source route", {1, 137, 7, 4, 1, 2, 3, 4}, {0, 0}, 6, 0, 20, CHECK_ROUTE},
		{"in a later fragment", {131, 7, 4, 1, 2, 3, 4}, {0, 1}, 17, 0, 8, CHECK_ROUTE},
		{"options that run out", {131, 9}, {0, 0}, 17, 0, 8, CHECK_CHAIN},
		{"first fragment of an error", {0}, {0x20, 0}, 1, 3, 40, CHECK_QUOTE},
		{"first fragment of a redirect", {0}, {0x20, 0}, 1, 5, 8, CHECK_REDIRECT},
		{"first fragment without its header", {0}, {0x20, 0}, 1, 8, 0, CHECK_CHAIN},
		{"first fragment of an echo request", {0}, {0x20, 0}, 1, 8, 8, CHECK_PASSED},
		{"a later fragment of anything", {0}, {0x20, 1}, 1, 5, 8, CHECK_PASSED},
	};
	uint8_t packet[256];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(packet, 0, sizeof packet);
		make_packet(packet, "10.2.0.2", "10.2.0.1");
		packet[0] = 0x47;
		memcpy(packet + 6, cases[i].fragment, 2);
		packet[9] = cases[i].protocol;
		memcpy(packet + 20, cases[i].options, 8);
		packet[28] = cases[i].type;
		cr_expect_eq(check(packet, 28 + cases[i].octets, &ends), cases[i].verdict, "%s",
		             cases[i].about);
	}
}

/* The kernel completes a checksum after the packet was looked at: at another place it would write
 * another packet. */
Test(tun, checksums_are_asked_for_where_they_are)
{
	static const struct {
		const char *to;
		uint8_t protocol, start, offset;
		enum check_verdict verdict;
	} cases[] = {
		{"bbbb::1", 6, 40, 16, CHECK_PASSED},   {"bbbb::1", 17, 40, 6, CHECK_PASSED},
		{"bbbb::1", 6, 40, 6, CHECK_CHECKSUM},  {"bbbb::1", 17, 40, 16, CHECK_CHECKSUM},
		{"bbbb::1", 17, 41, 6, CHECK_CHECKSUM}, {"bbbb::1", 58, 40, 0, CHECK_CHECKSUM},
		{"bbbb::1", 58, 40, 2, CHECK_CHECKSUM}, {"10.2.0.1", 6, 20, 16, CHECK_PASSED},
		{"10.2.0.1", 17, 20, 6, CHECK_PASSED},  {"10.2.0.1", 1, 20, 0, CHECK_CHECKSUM},
		{"10.2.0.1", 1, 20, 2, CHECK_CHECKSUM}, {"10.2.0.1", 17, 20, 0, CHECK_CHECKSUM},
	};
	struct check_rules r = rules();
	uint8_t packet[256];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct envelope_vnet vnet = {ENVELOPE_VNET_NEEDS_CSUM, 0, 0, 0, cases[i].start,
		                             cases[i].offset};
		bool six = strchr(cases[i].to, ':');
		size_t length = six ? 80 : 60;
		struct ends ends;

		memset(packet, 0, sizeof packet);
		make_packet(packet, six ? "bbbb::2" : "10.2.0.2", cases[i].to);
		packet[six ? 6 : 9] = cases[i].protocol;
		packet[six ? 40 : 20] = 128; /* an echo request's type, or none that matters */
		set_length(packet, length);
		cr_assert_eq(envelope_vnet_check(&vnet, packet, length), 0);
		cr_expect_eq(check_packet(&r, &ends, &vnet, packet, length), cases[i].verdict,
		             "%s, %u at %u+%u", cases[i].to, cases[i].protocol, cases[i].start,
		             cases[i].offset);
		cr_expect_eq(check_checksum(&vnet, packet, length), cases[i].verdict);
		vnet.flags = 0;
		cr_expect_eq(check_packet(&r, &ends, &vnet, packet, length), CHECK_PASSED);
		if (six)
			packet[7 - 1] = 44, packet[40] = cases[i].protocol, packet[43] = 1;
		else
			packet[6] = 0x20;
		vnet.flags = ENVELOPE_VNET_NEEDS_CSUM;
		cr_expect_eq(check_packet(&r, &ends, &vnet, packet, length), CHECK_CHECKSUM,
		             "a fragment");
	}
}

Test(tun, groups_of_no_link)
{
	static const struct {
		const char *group;
		enum check_verdict verdict;
	} cases[] = {{"ff00::1", CHECK_DESTINATION}, {"ff01::1", CHECK_DESTINATION},
	             {"ff11::1", CHECK_DESTINATION}, {"ff02::1", CHECK_PASSED},
	             {"ff12::1", CHECK_PASSED},      {"ff0f::1", CHECK_PASSED}};
	uint8_t packet[64];
	struct ends ends;

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = make_packet(packet, "bbbb::2", cases[i].group);

		packet[6] = 17;
		cr_expect_eq(check(packet, length, &ends), cases[i].verdict, "%s", cases[i].group);
	}
}
