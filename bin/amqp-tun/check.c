#include "check.h"

#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

static enum check_verdict parse(struct envelope_ip *ip, struct ends *ends, const uint8_t *packet,
                                size_t length)
{
	int error = envelope_ip_parse(ip, packet, length, NULL);

	*ends = (struct ends){AF_UNSPEC, NULL, NULL};
	if (error == ENVELOPE_ENOTIP)
		return CHECK_NOT_IP;
	if (error < 0 || ip->length != length)
		return CHECK_LENGTH;
	*ends = (struct ends){ip->version == 4 ? AF_INET : AF_INET6, ip->source, ip->destination};
	return CHECK_PASSED;
}

enum check_verdict check_read(struct ends *ends, const uint8_t *packet, size_t length)
{
	struct envelope_ip ip;

	return parse(&ip, ends, packet, length);
}

bool check_is_multicast(int family, const uint8_t *octets)
{
	static const uint8_t broadcast[4] = {255, 255, 255, 255};

	if (family == AF_INET6)
		return octets[0] == 0xff;
	return (octets[0] & 0xf0) == 0xe0 || memcmp(octets, broadcast, 4) == 0;
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
static bool is_redirect(const struct envelope_ip *ip, const uint8_t *packet, size_t length)
{
	return ip->version == 4 && ip->protocol == IPPROTO_ICMP && ip->fragment_offset == 0 &&
	       length > ip->header && packet[ip->header] == ICMP_REDIRECT;
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

size_t check_longest(const struct envelope_vnet *vnet, const uint8_t *packet, size_t length)
{
	size_t longest;

	if (!vnet || vnet->gso_type == ENVELOPE_VNET_NONE)
		return length;
	longest = envelope_vnet_headers(vnet, packet) + vnet->gso_size;
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
	struct envelope_ip ip;
	enum check_verdict verdict = parse(&ip, ends, packet, length);

	if (verdict != CHECK_PASSED)
		return verdict;
	if (check_longest(vnet, packet, length) > rules->mtu)
		return CHECK_OVER_MTU;
	if (is_redirect(&ip, packet, length))
		return CHECK_REDIRECT;
	if (is_for_us(rules, ends->family, ends->destination))
		return CHECK_PASSED;
	return CHECK_DESTINATION;
}
