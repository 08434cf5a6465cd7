#include <string.h>

#include "envelope_bytes.h"
#include "envelope_ip.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60, EXTENSIONS_MAX = 8 };
enum { IP4_MORE_AND_OFFSET = 0x3fff };

size_t ip_header(const uint8_t *packet, size_t length)
{
	size_t header = 0;

	if (length >= IP4_HEADER && packet[0] >> 4 == 4)
		header = (size_t)(packet[0] & 15) * 4;
	if (length >= IP6_HEADER && packet[0] >> 4 == 6)
		header = IP6_HEADER;
	return header >= IP4_HEADER && header <= length ? header : 0;
}

static bool ip4_parse(struct ip_packet *ip, const uint8_t *packet, size_t length)
{
	ip->protocol = packet[9];
	ip->fragment = get_be16(packet + 6) & IP4_MORE_AND_OFFSET;
	ip->length_is_right = get_be16(packet + 2) == length;
	return true;
}

static bool is_extension(uint8_t protocol)
{
	return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT ||
	       protocol == DESTINATION;
}

static bool ip6_parse(struct ip_packet *ip, const uint8_t *packet, size_t length)
{
	ip->protocol = packet[6];
	ip->length_is_right = get_be16(packet + 4) == length - IP6_HEADER;
	for (unsigned i = 0; is_extension(ip->protocol) && !ip->fragment; i++) {
		const uint8_t *extension = packet + ip->transport;

		if (i == EXTENSIONS_MAX || length - ip->transport < 8)
			return false;
		ip->fragment = ip->protocol == FRAGMENT;
		ip->routed |= ip->protocol == ROUTING;
		ip->transport += ip->protocol == FRAGMENT ? 8 : (extension[1] + 1u) * 8;
		ip->protocol = extension[0];
		if (ip->transport > length)
			return false;
	}
	return true;
}

bool ip_parse(struct ip_packet *ip, const uint8_t *packet, size_t length)
{
	*ip = (struct ip_packet){.transport = ip_header(packet, length)};
	if (ip->transport == 0)
		return false;
	ip->version = packet[0] >> 4;
	return ip->version == 4 ? ip4_parse(ip, packet, length) : ip6_parse(ip, packet, length);
}

uint64_t checksum_add(uint64_t sum, const uint8_t *octets, size_t n)
{
	uint64_t sums[4] = {sum & 0xffffffff, sum >> 32, 0, 0};
	uint32_t words[4];
	uint16_t word = 0;

	for (; n >= sizeof(words); n -= sizeof(words), octets += sizeof(words)) {
		memcpy(words, octets, sizeof(words));
		for (int i = 0; i < 4; i++)
			sums[i] += words[i];
	}
	sum = sums[0] + sums[1] + sums[2] + sums[3];
	for (; n >= 2; n -= 2, octets += 2) {
		memcpy(&word, octets, 2);
		sum += word;
	}
	word = 0;
	memcpy(&word, octets, n);
	return sum + word;
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

uint64_t checksum_pseudo(const struct ip_packet *ip, const uint8_t *packet)
{
	uint64_t protocol = checksum_number(ip->protocol);

	return ip->version == 4 ? checksum_add(protocol, packet + 12, 8)
	                        : checksum_add(protocol, packet + 8, 32);
}

uint64_t checksum_number(size_t number)
{
	const uint8_t octets[2] = {(uint8_t)(number >> 8), (uint8_t)number};

	return checksum_add(0, octets, sizeof(octets));
}

void checksum_store(uint8_t *out, uint64_t sum, bool udp)
{
	uint16_t checksum = (uint16_t)~checksum_fold(sum);

	if (udp && checksum == 0)
		checksum = 0xffff;
	memcpy(out, &checksum, sizeof(checksum));
}
