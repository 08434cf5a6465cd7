#include "check.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "icmp.h"

/* Of a transport header, that the first fragment must have: RFC 1858, RFC 7112. */
enum { FIRST_OCTETS = 8 };
enum { TCP_CHECKSUM = 16, UDP_CHECKSUM = 6 };

static enum check_verdict parse(struct envelope_ip *ip, struct ends *ends, const uint8_t *packet,
                                size_t length)
{
	int error = envelope_ip_parse(ip, packet, length, NULL);

	*ends = (struct ends){AF_UNSPEC, NULL, NULL, NULL};
	if (error == ENVELOPE_ENOTIP)
		return CHECK_NOT_IP;
	if (error < 0 || ip->length != length)
		return CHECK_LENGTH;
	*ends = (struct ends){ip->version == 4 ? AF_INET : AF_INET6, ip->source, ip->destination,
	                      NULL};
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

static bool is_checksum_of(const struct envelope_vnet *vnet, uint8_t protocol, size_t offset)
{
	return vnet->csum_start == offset &&
	       vnet->csum_offset == (protocol == IPPROTO_TCP   ? TCP_CHECKSUM
	                             : protocol == IPPROTO_UDP ? UDP_CHECKSUM
	                                                       : -1);
}

/* Most packets: nothing stands between the IP header and that of TCP or UDP. */
static bool is_plain(const struct envelope_ip *ip, const struct envelope_vnet *vnet)
{
	bool bare = ip->header == (ip->version == 4 ? ENVELOPE_IPV4_HEADER : ENVELOPE_IPV6_HEADER);

	return bare && (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) &&
	       !ip->more_fragments && !ip->fragment_offset &&
	       (!vnet || !(vnet->flags & ENVELOPE_VNET_NEEDS_CSUM) ||
	        is_checksum_of(vnet, ip->protocol, ip->header));
}

enum check_verdict check_checksum(const struct envelope_vnet *vnet, const uint8_t *packet,
                                  size_t length)
{
	struct envelope_chain chain;
	struct envelope_ip ip;

	/* Of super-packets, envelope_vnet_check has seen to it. */
	if (!vnet || !(vnet->flags & ENVELOPE_VNET_NEEDS_CSUM) ||
	    vnet->gso_type != ENVELOPE_VNET_NONE)
		return CHECK_PASSED;
	if (envelope_ip_parse(&ip, packet, length, NULL) < 0)
		return CHECK_CHAIN;
	if (is_plain(&ip, vnet))
		return CHECK_PASSED;
	if (envelope_ip_chain(&chain, &ip, packet, length, NULL) < 0)
		return CHECK_CHAIN;
	return !chain.fragmented && is_checksum_of(vnet, chain.protocol, chain.offset)
	               ? CHECK_PASSED
	               : CHECK_CHECKSUM;
}

static enum check_verdict check_chain(const struct envelope_chain *chain,
                                      const struct envelope_ip *ip,
                                      const struct envelope_vnet *vnet, const uint8_t *packet,
                                      size_t length)
{
	if (chain->rerouted)
		return CHECK_ROUTE;
	if (vnet && vnet->flags & ENVELOPE_VNET_NEEDS_CSUM &&
	    (chain->fragmented || !is_checksum_of(vnet, chain->protocol, chain->offset)))
		return CHECK_CHECKSUM;
	/* A later fragment is nothing without the first. */
	if (chain->later)
		return CHECK_PASSED;
	if (chain->fragmented && length - chain->offset < FIRST_OCTETS)
		return CHECK_CHAIN;
	switch (icmp_kind(ip->version, chain->protocol, packet, chain->offset, length)) {
	case ICMP_REDIRECTS:
		return CHECK_REDIRECT;
	case ICMP_DISCOVERS:
		return CHECK_DISCOVERY;
	case ICMP_REPORTS_AN_ERROR:
		/* It is never longer than any link takes: RFC 1812 4.3.2.3, RFC 4443 2.4 (c). */
		return chain->fragmented ? CHECK_QUOTE : CHECK_PASSED;
	default:
		return CHECK_PASSED;
	}
}

/* The kernel takes the last address of a routing header in the quoted packet for its destination,
 * wherever that header stands: behind hop-by-hop options, and behind an authentication header, too.
 */
static bool is_destination_quoted(const struct envelope_ip *quoted, const uint8_t *packet,
                                  size_t length)
{
	struct envelope_chain chain;

	if (quoted->version == 4)
		return true;
	return envelope_ip_chain(&chain, quoted, packet, length, NULL) == 0 && !chain.rerouted &&
	       chain.protocol != IPPROTO_HOPOPTS && chain.protocol != IPPROTO_AH;
}

/* An error goes to the source of the packet that it quotes, and that was this host, or one behind
 * it. */
static enum check_verdict check_quote(const struct check_rules *rules,
                                      const struct envelope_chain *chain,
                                      const struct envelope_ip *ip, struct ends *ends,
                                      const uint8_t *packet, size_t length)
{
	size_t at = chain->offset + ICMP_QUOTE_AT;
	struct envelope_ip quoted;

	if (chain->later || icmp_kind(ip->version, chain->protocol, packet, chain->offset,
	                              length) != ICMP_REPORTS_AN_ERROR)
		return CHECK_PASSED;
	if (icmp_quoted(&quoted, ip->version, packet, chain->offset, length) < 0 ||
	    memcmp(quoted.source, ends->destination, ip->address_size) != 0 ||
	    !(check_is_own(rules, ends->family, quoted.source) ||
	      check_is_behind(rules, ends->family, quoted.source)) ||
	    !is_destination_quoted(&quoted, packet + at, length - at))
		return CHECK_QUOTE;
	ends->quoted = quoted.destination;
	return CHECK_PASSED;
}

/* IPv4's link-local addresses are forwarded by kernels that forward, unlike IPv6's: to a cloud's
 * metadata, say. */
/* Groups of the scopes 0 and 1 never leave an interface: RFC 4291 2.7. */
static bool is_group(int family, const uint8_t *octets)
{
	return check_is_multicast(family, octets) && (family != AF_INET6 || (octets[1] & 0x0f) > 1);
}

static bool is_for_us(const struct check_rules *rules, int family, const uint8_t *to)
{
	return check_is_own(rules, family, to) || is_broadcast(rules, family, to) ||
	       is_group(family, to) || (family == AF_INET6 && check_is_link_local(family, to)) ||
	       check_is_behind(rules, family, to);
}

enum check_verdict check_packet(const struct check_rules *rules, struct ends *ends,
                                const struct envelope_vnet *vnet, const uint8_t *packet,
                                size_t length)
{
	struct envelope_ip ip;
	struct envelope_chain chain;
	enum check_verdict verdict = parse(&ip, ends, packet, length);
	bool plain = verdict == CHECK_PASSED && is_plain(&ip, vnet);

	if (verdict == CHECK_PASSED && !plain)
		verdict = envelope_ip_chain(&chain, &ip, packet, length, NULL) < 0
		                  ? CHECK_CHAIN
		                  : check_chain(&chain, &ip, vnet, packet, length);
	if (verdict != CHECK_PASSED)
		return verdict;
	if (!is_for_us(rules, ends->family, ends->destination))
		return CHECK_DESTINATION;
	if (!plain)
		verdict = check_quote(rules, &chain, &ip, ends, packet, length);
	if (verdict == CHECK_PASSED && check_longest(vnet, packet, length) > rules->mtu)
		return CHECK_OVER_MTU;
	return verdict;
}
