/* envelope_ip.h - where the transport header of an IP packet is, and the Internet checksum (RFC
 * 1071). Never reads past the length it was given. */
#ifndef ENVELOPE_IP_H
#define ENVELOPE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IP_TCP = 6,
	IP_UDP = 17,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	TCP_CHECKSUM = 16,
	UDP_CHECKSUM = 6
};

struct ip_packet {
	unsigned version; /* 4 or 6 */
	size_t transport; /* offset of what follows the IP header and its extensions */
	uint8_t protocol;
	bool fragment;
	bool routed; /* a routing header: the destination is not the one of the pseudo-header */
	bool length_is_right; /* the IP length is the packet's */
};

/* Octets of the IP header without IPv6 extensions; 0 where it is no IP packet or ends inside it. */
size_t ip_header(const uint8_t *packet, size_t length);
/* False where it is no IP packet, or ends inside its headers, or has more than 8 extensions. */
bool ip_parse(struct ip_packet *ip, const uint8_t *packet, size_t length);

/* One's complement sum of octets taken as 16-bit words in network order, in the order of the host:
 * add up, fold, store with memcpy. */
uint64_t checksum_add(uint64_t sum, const uint8_t *octets, size_t n);
uint16_t checksum_fold(uint64_t sum);
/* The pseudo-header without the length (RFC 793 3.1, RFC 8200 8.1). */
uint64_t checksum_pseudo(const struct ip_packet *ip, const uint8_t *packet);
/* Of a 16-bit number. */
uint64_t checksum_number(size_t number);
/* Stores the complement. A UDP checksum of 0 would say that there is none: 0xffff is the same sum
 * (RFC 768). */
void checksum_store(uint8_t *out, uint64_t sum, bool udp);

#endif
