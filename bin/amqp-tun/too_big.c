#include "too_big.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"

enum {
	ICMP_HEADER = 8,
	TTL = 64,
	IPV4_ANSWER_MAX = 576, /* RFC 1812 4.3.2.3 */
};

static void put_u16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static size_t quoted(size_t length, size_t most)
{
	return length < most ? length : most;
}

/* An error message is not answered with another one. RFC 4443 2.4 (e), RFC 1122 3.2.2 */
static bool is_icmp_error(const struct envelope_ip *ip, const uint8_t *packet, size_t length)
{
	if (ip->protocol != (ip->version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return false;
	if (length <= ip->header)
		return true;
	if (ip->version == 6)
		return packet[ip->header] < ICMP6_INFOMSG_MASK;
	return packet[ip->header] != ICMP_ECHO && packet[ip->header] != ICMP_ECHOREPLY;
}

static size_t answer_ipv6(uint8_t *out, const struct envelope_ip *ip, const uint8_t *packet,
                          size_t length, unsigned mtu)
{
	size_t quote = quoted(length, TOO_BIG_MAX - ENVELOPE_IPV6_HEADER - ICMP_HEADER),
	       octets = ICMP_HEADER + quote;
	uint8_t *message = out + ENVELOPE_IPV6_HEADER;

	memset(out, 0, ENVELOPE_IPV6_HEADER + ICMP_HEADER);
	out[0] = 6 << 4;
	put_u16(out + 4, octets);
	out[6] = IPPROTO_ICMPV6;
	out[7] = TTL;
	memcpy(out + 8, ip->destination, ip->address_size);
	memcpy(out + 24, ip->source, ip->address_size);
	message[0] = ICMP6_PACKET_TOO_BIG;
	put_u16(message + 6, mtu);
	memcpy(message + ICMP_HEADER, packet, quote);
	/* The pseudo-header of an answer has the same sum: the addresses only change places. */
	envelope_checksum_store(
		message + 2,
		envelope_checksum_add(envelope_checksum_pseudo(ip, IPPROTO_ICMPV6, octets), message,
	                              octets),
		IPPROTO_ICMPV6);
	return ENVELOPE_IPV6_HEADER + octets;
}

static size_t answer_ipv4(uint8_t *out, const struct envelope_ip *ip, const uint8_t *packet,
                          size_t length, unsigned mtu)
{
	size_t quote = quoted(length, IPV4_ANSWER_MAX - ENVELOPE_IPV4_HEADER - ICMP_HEADER),
	       octets = ICMP_HEADER + quote;
	uint8_t *message = out + ENVELOPE_IPV4_HEADER;

	memset(out, 0, ENVELOPE_IPV4_HEADER + ICMP_HEADER);
	out[0] = 4 << 4 | ENVELOPE_IPV4_HEADER / 4;
	put_u16(out + 2, ENVELOPE_IPV4_HEADER + octets);
	out[8] = TTL;
	out[9] = IPPROTO_ICMP;
	memcpy(out + 12, ip->destination, ip->address_size);
	memcpy(out + 16, ip->source, ip->address_size);
	envelope_checksum_store(out + 10, envelope_checksum_add(0, out, ENVELOPE_IPV4_HEADER), 0);
	message[0] = ICMP_DEST_UNREACH;
	message[1] = ICMP_FRAG_NEEDED;
	put_u16(message + 6, mtu);
	memcpy(message + ICMP_HEADER, packet, quote);
	envelope_checksum_store(message + 2, envelope_checksum_add(0, message, octets),
	                        IPPROTO_ICMP);
	return ENVELOPE_IPV4_HEADER + octets;
}

size_t too_big_answer(uint8_t out[TOO_BIG_MAX], const uint8_t *packet, size_t length, unsigned mtu)
{
	return too_big_answer_from(out, NULL, packet, length, mtu);
}

size_t too_big_answer_from(uint8_t out[TOO_BIG_MAX], const uint8_t *from, const uint8_t *packet,
                           size_t length, unsigned mtu)
{
	struct envelope_ip ip;

	if (envelope_ip_parse(&ip, packet, length, NULL) < 0 || is_icmp_error(&ip, packet, length))
		return 0;
	if (check_is_multicast(ip.version == 6 ? AF_INET6 : AF_INET, ip.destination))
		return 0;
	if (from)
		ip.destination = from;
	if (ip.version == 6)
		return answer_ipv6(out, &ip, packet, length, mtu);
	if (!ip.dont_fragment || ip.fragment_offset)
		return 0;
	return answer_ipv4(out, &ip, packet, length, mtu);
}
