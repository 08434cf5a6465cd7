/* envelope_ip.h - IPv4 and IPv6 headers, read as far as it takes to pass packets on, and the
 * Internet checksum. Never reads past the length given, never changes a packet. Part of
 * envelope.h. */
#ifndef ENVELOPE_IP_H
#define ENVELOPE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "envelope_error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENVELOPE_IPV4_HEADER 20 /* octets without options */
#define ENVELOPE_IPV6_HEADER 40 /* octets without extension headers */

struct envelope_ip {
	uint8_t version;   /* 4 or 6 */
	uint8_t protocol;  /* IPv4's protocol, IPv6's next header */
	uint8_t hop_limit; /* IPv4's time to live */
	/* IPv4's; IPv6 has them in an extension header. The offset is in octets. */
	bool dont_fragment, more_fragments;
	uint16_t fragment_offset;
	size_t header;       /* octets: with IPv4's options, without IPv6's extension headers */
	size_t length;       /* octets of the packet, as its header says */
	size_t address_size; /* 4 or 16 */
	const uint8_t *source, *destination; /* they point into the packet */
};
/* Reads the header at packet[0..length): RFC 791 3.1, RFC 8200 3. 0; ENOTIP; or EIP: the packet
 * ends inside the header, or an IPv4 header says that it has fewer than 20 octets; then *ip is all
 * zero. Whether ip->length is the packet's length is the caller's to ask: a packet may have been
 * cut, or have padding behind it; a jumbogram (RFC 2675) says 40. Checksums are not looked at.
 * fault->field, here and below: "IP header", "IP options" or "IPv6
 * extension headers". */
ENVELOPE_API int envelope_ip_parse(struct envelope_ip *ip, const uint8_t *packet, size_t length,
                                   struct envelope_fault *fault);

/* What comes behind the header, and behind IPv6's extension headers: hop-by-hop options, routing,
 * fragment, destination options (RFC 8200 4). Others (ESP, AH) count as what the packet carries. */
struct envelope_transport {
	size_t offset; /* from the packet's start */
	uint8_t protocol;
	bool fragmented; /* the packet is a fragment, the first one or another; nothing behind an
	                    IPv6 fragment header is walked */
	bool routed;     /* a routing header: the destination is not the one of the pseudo-header */
};
/* 0, or EIP: the packet ends inside an extension header, or has more than 8. ip is what
 * envelope_ip_parse made of the same packet. */
ENVELOPE_API int envelope_ip_transport(struct envelope_transport *t, const struct envelope_ip *ip,
                                       const uint8_t *packet, size_t length,
                                       struct envelope_fault *fault);

/* The same as a receiver goes on to read it, for who decides whether a packet passes: also behind
 * the fragment header of a first fragment, and in IPv4's options and those of IPv6's destination
 * options. */
struct envelope_chain {
	size_t offset; /* from the packet's start */
	uint8_t protocol;
	bool fragmented; /* as above */
	bool later;      /* a fragment but the first: no header is at the offset */
	bool rerouted;   /* a routing header, an IPv4 source route, a home address: the addresses
	                    that count are not those of the IP header */
};
/* 0, or EIP: as above, or a fragment of a fragment, or options that run out of their header. Ends
 * at hop-by-hop options that do not stand first. */
ENVELOPE_API int envelope_ip_chain(struct envelope_chain *c, const struct envelope_ip *ip,
                                   const uint8_t *packet, size_t length,
                                   struct envelope_fault *fault);

/* The Internet checksum (RFC 1071): add up, then store. A sum is of 16-bit words as they lie in
 * memory, not folded; sums of parts may be added to one another. All parts but the last have an
 * even number of octets. */
ENVELOPE_API uint64_t envelope_checksum_add(uint64_t sum, const void *octets, size_t n);
/* Of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1): addresses, protocol, octets of transport
 * header and payload. */
ENVELOPE_API uint64_t envelope_checksum_pseudo(const struct envelope_ip *ip, uint8_t protocol,
                                               size_t transport_length);
/* Stores the complement, in network order. The octets at out counted as 0. protocol 17: 0 is stored
 * as 0xffff, since 0 says that UDP has none (RFC 768); 0 for an IPv4 header. */
ENVELOPE_API void envelope_checksum_store(uint8_t out[2], uint64_t sum, uint8_t protocol);

#ifdef __cplusplus
}
#endif
#endif
