/* amqp-tun: what may enter the interface, decided of any packet. The first octet says who sent it
 * and whether a virtio_net_hdr stands before it. What passes is held against rules that are written
 * down here once more, plainly. */
#include <stdlib.h>
#include <string.h>

#include "../../bin/amqp-tun/check.h"
#include "../../bin/amqp-tun/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n);

enum { SENDER = 3, NO_SOURCE_CHECK = 3, WITH_VNET = 4 };

static struct settings settings = {
	.peers = {"agent_2", "x"},
	.peer_count = 2,
	.peer_nets = {{1, {AF_INET6, {0xcc, 0xcc}, 64}}, {1, {AF_INET, {192, 168}, 16}}},
	.peer_net_count = 2,
};
static const struct configuration own = {
	.ipv6 = {AF_INET6, {0xbb, 0xbb, [15] = 1}, 64},
	.ipv4 = {AF_INET, {10, 2, 0, 1}, 24},
};
static const struct address behind[] = {{AF_INET, {192, 168, 1}, 24}, {AF_INET6, {0xdd, 0xdd}, 64}},
			    host[] = {{AF_INET, {192, 0, 2, 2}, 24}};
static struct sources sources;
static struct check_rules rules;

static void set_up(void)
{
	static const struct source_claims name = {{{AF_INET6, {0xbb, 0xbb, [15] = 2}, 128},
	                                           {AF_INET6, {0xfe, 0x80, [15] = 2}, 64},
	                                           {AF_INET, {10, 2, 0, 2}, 32}}};

	sources_init(&sources, &settings);
	sources_set_name(&sources, 0, &name);
	sources_set_own(&sources, &own, behind, 2);
	sources_set_host(&sources, host, 1);
	rules = (struct check_rules){.own = {own.ipv6, address_link_local(&own.ipv6), own.ipv4},
	                             .mtu = 1500};
	memcpy(rules.behind, behind, sizeof behind);
	rules.behind_count = 2;
}

/* --- the rules once more --- */

static int begins(const uint8_t *octets, const char *with, size_t n)
{
	return memcmp(octets, with, n) == 0;
}

static void check_ipv4_source(const uint8_t *a, int sender)
{
	if (a[0] == 0 || a[0] == 127 || a[0] >= 224 || begins(a, "\xc0\x00\x02\x02", 4) ||
	    begins(a, "\x0a\x02\x00\x01", 4) || begins(a, "\xc0\xa8\x01", 3))
		abort();
	if (sender == NO_SOURCE_CHECK)
		return;
	if (!begins(a, "\x0a\x02\x00", 3) && !begins(a, "\xc0\xa8", 2))
		abort();
	if (sender == 0 && !begins(a, "\x0a\x02\x00\x02", 4))
		abort();
	if (sender == 1 && begins(a, "\x0a\x02\x00\x02", 4))
		abort();
}

static void check_ipv6_source(const uint8_t *a, int sender)
{
	static const uint8_t zeros[16];
	int link_local = a[0] == 0xfe && (a[1] & 0xc0) == 0x80;

	if (a[0] == 0xff || memcmp(a, zeros, 4) == 0 || begins(a, "\xdd\xdd\0\0\0\0\0\0", 8) ||
	    begins(a, "\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16) ||
	    begins(a, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16))
		abort();
	if (sender == NO_SOURCE_CHECK)
		return;
	if (!link_local && !begins(a, "\xbb\xbb\0\0\0\0\0\0", 8) &&
	    !begins(a, "\xcc\xcc\0\0\0\0\0\0", 8))
		abort();
	if (sender == 0 && !link_local && !begins(a, "\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16))
		abort();
	if (sender == 1 && (begins(a, "\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16) ||
	                    begins(a, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16)))
		abort();
}

static void check_destination(const struct ends *ends)
{
	const uint8_t *a = ends->destination;

	if (ends->family == AF_INET) {
		if (!begins(a, "\x0a\x02\x00\x01", 4) && !begins(a, "\x0a\x02\x00\xff", 4) &&
		    (a[0] & 0xf0) != 0xe0 && !begins(a, "\xff\xff\xff\xff", 4) &&
		    !begins(a, "\xc0\xa8\x01", 3))
			abort();
		return;
	}
	if (a[0] != 0xff && !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80) &&
	    !begins(a, "\xbb\xbb\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16) &&
	    !begins(a, "\xdd\xdd\0\0\0\0\0\0", 8))
		abort();
}

/* Where the message of an ICMP packet begins, 0: it is none, or a later fragment. */
static size_t message_at(const uint8_t *p, size_t n)
{
	size_t at = 40;
	uint8_t next = p[6];

	if (p[0] >> 4 == 4)
		return p[9] == 1 && ((p[6] & 0x1f) | p[7]) == 0 ? (p[0] & 15u) * 4 : 0;
	for (;;) {
		size_t octets = 8;

		if (next == 58)
			return at;
		if (next == 43)
			abort();
		if (at + 8 > n || (next != 60 && next != 44 && (next != 0 || at != 40)))
			return 0;
		if (next == 44 && ((p[at + 2] << 8 | p[at + 3]) & 0xfff8))
			return 0;
		if (next != 44)
			octets = (p[at + 1] + 1u) * 8;
		next = p[at];
		at += octets;
	}
}

static void check_message(const uint8_t *p, size_t n, const struct ends *ends)
{
	size_t at = message_at(p, n), size = ends->family == AF_INET ? 4 : 16,
	       source = ends->family == AF_INET ? 12 : 8;
	uint8_t type;

	if (!at || at >= n)
		return;
	type = p[at];
	if (ends->family == AF_INET ? type == 5 || type == 9 || type == 10
	                            : type >= 133 && type <= 138)
		abort();
	if (ends->family == AF_INET ? type != 3 && type != 4 && type != 11 && type != 12
	                            : type >= 128)
		return;
	if (at + 8 + source + 2 * size > n || !ends->quoted || p[at + 8] >> 4 != p[0] >> 4 ||
	    memcmp(p + at + 8 + source, ends->destination, size) != 0 ||
	    memcmp(p + at + 8 + source + size, ends->quoted, size) != 0)
		abort();
	if (check_is_multicast(ends->family, ends->destination))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t n)
{
	struct envelope_vnet vnet, *given = NULL;
	int sender, peer;
	struct ends ends;

	if (n < 1)
		return 0;
	if (!rules.mtu)
		set_up();
	sender = in[0] & SENDER;
	peer = sender < 2 ? sender : SOURCES_NOBODY;
	given = in[0] & WITH_VNET ? &vnet : NULL;
	in++;
	n--;
	if (given && n < ENVELOPE_VNET_HEADER)
		return 0;
	if (given) {
		envelope_vnet_parse(&vnet, in);
		in += ENVELOPE_VNET_HEADER;
		n -= ENVELOPE_VNET_HEADER;
		if (envelope_vnet_check(&vnet, in, n) < 0)
			return 0;
	}
	if (check_packet(&rules, &ends, given, in, n) != CHECK_PASSED)
		return 0;
	if (sender == NO_SOURCE_CHECK ? !sources_foreign(&sources, ends.family, ends.source)
	                              : !sources_fit(&sources, peer, ends.family, ends.source))
		return 0;
	if (ends.family == AF_INET)
		check_ipv4_source(ends.source, sender);
	else
		check_ipv6_source(ends.source, sender);
	check_destination(&ends);
	check_message(in, n, &ends);
	return 0;
}
