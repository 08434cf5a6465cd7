#include "check.h"

#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8, TCP_OFFSET_AT = 12, PROTOCOL_AT = 9 };

static size_t read_u16(const uint8_t *octets)
{
	return (size_t)octets[0] << 8 | octets[1];
}

static enum check_verdict read_ipv4(struct ends *ends, const uint8_t *packet, size_t length)
{
	size_t header = (packet[0] & 15u) * 4;

	if (header < IPV4_HEADER || header > length || read_u16(packet + 2) != length)
		return CHECK_LENGTH;
	*ends = (struct ends){AF_INET, packet + 12, packet + 16};
	return CHECK_PASSED;
}

static enum check_verdict read_ipv6(struct ends *ends, const uint8_t *packet, size_t length)
{
	if (length < IPV6_HEADER || IPV6_HEADER + read_u16(packet + 4) != length)
		return CHECK_LENGTH;
	*ends = (struct ends){AF_INET6, packet + 8, packet + 24};
	return CHECK_PASSED;
}

enum check_verdict check_read(struct ends *ends, const uint8_t *packet, size_t length)
{
	*ends = (struct ends){AF_UNSPEC, NULL, NULL};
	if (length == 0)
		return CHECK_NOT_IP;
	switch (packet[0] >> 4) {
	case 4:
		return read_ipv4(ends, packet, length);
	case 6:
		return read_ipv6(ends, packet, length);
	default:
		return CHECK_NOT_IP;
	}
}

bool check_is_multicast(int family, const uint8_t *octets)
{
	static const uint8_t everybody[4] = {255, 255, 255, 255};

	if (family == AF_INET6)
		return octets[0] == 0xff;
	return (octets[0] & 0xf0) == 0xe0 || memcmp(octets, everybody, 4) == 0;
}

bool check_is_link_local(int family, const uint8_t *octets)
{
	if (family == AF_INET6)
		return octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
	return octets[0] == 169 && octets[1] == 254;
}

bool check_is_unspecified(int family, const uint8_t *octets)
{
	static const uint8_t zeros[16];

	return memcmp(octets, zeros, address_size(family)) == 0;
}

bool check_is_own(const struct check_rules *rules, int family, const uint8_t *octets)
{
	for (size_t i = 0; i < sizeof rules->own / sizeof rules->own[0]; i++)
		if (address_is(&rules->own[i], family, octets))
			return true;
	return false;
}

bool check_is_behind(const struct check_rules *rules, int family, const uint8_t *octets)
{
	for (unsigned i = 0; i < rules->behind_count; i++)
		if (address_in(&rules->behind[i], family, octets))
			return true;
	return false;
}

/* A fragment that is not the first has no type, and is nothing without the first. */
static bool is_redirect(const uint8_t *packet, size_t length)
{
	size_t header = (packet[0] & 15u) * 4;
	bool first = !(packet[6] & 0x1f) && !packet[7];

	return packet[0] >> 4 == 4 && packet[PROTOCOL_AT] == IPPROTO_ICMP && first &&
	       length > header && packet[header] == ICMP_REDIRECT;
}

static bool is_broadcast(const struct check_rules *rules, int family, const uint8_t *octets)
{
	for (size_t i = 0; i < sizeof rules->own / sizeof rules->own[0]; i++) {
		struct address broadcast;

		if (family != AF_INET || rules->own[i].family != AF_INET ||
		    rules->own[i].prefix_length > 30)
			continue;
		broadcast = address_broadcast(&rules->own[i]);
		if (address_is(&broadcast, family, octets))
			return true;
	}
	return false;
}

size_t check_headers(const struct envelope_vnet *vnet, const uint8_t *packet)
{
	if (vnet->gso_type == ENVELOPE_VNET_NONE)
		return 0;
	if (vnet->gso_type == ENVELOPE_VNET_UDP_L4)
		return vnet->csum_start + UDP_HEADER;
	return vnet->csum_start + (packet[vnet->csum_start + TCP_OFFSET_AT] >> 4) * 4u;
}

size_t check_longest(const struct envelope_vnet *vnet, const uint8_t *packet, size_t length)
{
	size_t longest;

	if (!vnet || vnet->gso_type == ENVELOPE_VNET_NONE)
		return length;
	longest = check_headers(vnet, packet) + vnet->gso_size;
	return longest < length ? longest : length;
}

/* IPv4's link-local addresses are forwarded by kernels that forward, unlike IPv6's: to a cloud's
 * metadata, say. */
static bool is_for_us(const struct check_rules *rules, int family, const uint8_t *to)
{
	return check_is_own(rules, family, to) || is_broadcast(rules, family, to) ||
	       check_is_multicast(family, to) ||
	       (family == AF_INET6 && check_is_link_local(family, to)) ||
	       check_is_behind(rules, family, to);
}

enum check_verdict check_packet(const struct check_rules *rules, struct ends *ends,
                                const struct envelope_vnet *vnet, const uint8_t *packet,
                                size_t length)
{
	enum check_verdict verdict = check_read(ends, packet, length);

	if (verdict != CHECK_PASSED)
		return verdict;
	if (check_longest(vnet, packet, length) > rules->mtu)
		return CHECK_OVER_MTU;
	if (is_redirect(packet, length))
		return CHECK_REDIRECT;
	if (is_for_us(rules, ends->family, ends->destination))
		return CHECK_PASSED;
	return CHECK_DESTINATION;
}
