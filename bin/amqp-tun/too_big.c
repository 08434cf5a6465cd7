#include "too_big.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	ICMP_HEADER = 8,
	TTL = 64,
	IPV4_ANSWER_MAX = 576, /* RFC 1812 4.3.2.3 */
	DONT_FRAGMENT = 0x40,
};

static void put_u16(uint8_t *out, size_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

/* RFC 1071 */
static void put_checksum(uint8_t *out, uint32_t sum, const uint8_t *octets, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put_u16(out, ~sum & 0xffff);
}

static size_t quoted(size_t length, size_t most)
{
	return length < most ? length : most;
}

/* An error message is not answered with another one. RFC 4443 2.4 (e), RFC 1122 3.2.2 */
static bool is_icmpv6_error(const uint8_t *packet, size_t length)
{
	return packet[6] == IPPROTO_ICMPV6 &&
	       (length <= IPV6_HEADER || packet[IPV6_HEADER] < ICMP6_INFOMSG_MASK);
}

static bool is_icmp_error(const uint8_t *packet, size_t length)
{
	size_t header = (packet[0] & 15u) * 4;

	if (packet[9] != IPPROTO_ICMP)
		return false;
	return length <= header ||
	       (packet[header] != ICMP_ECHO && packet[header] != ICMP_ECHOREPLY);
}

static size_t answer_ipv6(uint8_t *out, const uint8_t *packet, size_t length, unsigned mtu)
{
	size_t quote = quoted(length, TOO_BIG_MAX - IPV6_HEADER - ICMP_HEADER),
	       octets = ICMP_HEADER + quote;
	uint8_t *message = out + IPV6_HEADER;

	if (check_is_multicast(AF_INET6, packet + 24) || is_icmpv6_error(packet, length))
		return 0;
	memset(out, 0, IPV6_HEADER + ICMP_HEADER);
	out[0] = 6 << 4;
	put_u16(out + 4, octets);
	out[6] = IPPROTO_ICMPV6;
	out[7] = TTL;
	memcpy(out + 8, packet + 24, 16);
	memcpy(out + 24, packet + 8, 16);
	message[0] = ICMP6_PACKET_TOO_BIG;
	put_u16(message + 6, mtu);
	memcpy(message + ICMP_HEADER, packet, quote);
	/* The pseudo-header is both addresses, the length and the protocol: RFC 8200 8.1. */
	put_checksum(message + 2, (uint32_t)octets + IPPROTO_ICMPV6, out + 8, 32 + octets);
	return IPV6_HEADER + octets;
}

static size_t answer_ipv4(uint8_t *out, const uint8_t *packet, size_t length, unsigned mtu)
{
	size_t quote = quoted(length, IPV4_ANSWER_MAX - IPV4_HEADER - ICMP_HEADER),
	       octets = ICMP_HEADER + quote;
	uint8_t *message = out + IPV4_HEADER;
	bool later_fragment = packet[6] & 0x1f || packet[7];

	if (!(packet[6] & DONT_FRAGMENT) || later_fragment ||
	    check_is_multicast(AF_INET, packet + 16) || is_icmp_error(packet, length))
		return 0;
	memset(out, 0, IPV4_HEADER + ICMP_HEADER);
	out[0] = 4 << 4 | IPV4_HEADER / 4;
	put_u16(out + 2, IPV4_HEADER + octets);
	out[8] = TTL;
	out[9] = IPPROTO_ICMP;
	memcpy(out + 12, packet + 16, 4);
	memcpy(out + 16, packet + 12, 4);
	put_checksum(out + 10, 0, out, IPV4_HEADER);
	message[0] = ICMP_DEST_UNREACH;
	message[1] = ICMP_FRAG_NEEDED;
	put_u16(message + 6, mtu);
	memcpy(message + ICMP_HEADER, packet, quote);
	put_checksum(message + 2, 0, message, octets);
	return IPV4_HEADER + octets;
}

size_t too_big_answer(uint8_t out[TOO_BIG_MAX], const uint8_t *packet, size_t length, unsigned mtu)
{
	return packet[0] >> 4 == 6 ? answer_ipv6(out, packet, length, mtu)
	                           : answer_ipv4(out, packet, length, mtu);
}
