/* icmp.h - what an ICMP or ICMPv6 message asks of whoever gets it: to change its routers, its
 * neighbours, or what it knows of a flow. Never reads past the length given, decides nothing. */
#ifndef ICMP_H
#define ICMP_H

#include "envelope.h"

enum { ICMP_QUOTE_AT = 8 }; /* of an error's octets */

enum icmp_kind {
	ICMP_HARMLESS,  /* echo, multicast listeners, what is no ICMP of this IP version */
	ICMP_REDIRECTS, /* RFC 792, RFC 4861 4.5 */
	ICMP_DISCOVERS, /* routers and neighbours: RFC 1256, RFC 4861, RFC 3122, RFC 2894; a TUN
	                   interface has no link-layer addresses to tell of */
	ICMP_REPORTS_AN_ERROR,
};

/* Of the message at packet[offset..length), of this protocol in a packet of this IP version. */
enum icmp_kind icmp_kind(unsigned version, uint8_t protocol, const uint8_t *packet, size_t offset,
                         size_t length);
/* The header of the packet that an error quotes: RFC 792, RFC 4443 2.4 (c). 0, or -1: there is no
 * whole one of the same IP version. */
int icmp_quoted(struct envelope_ip *quoted, unsigned version, const uint8_t *packet, size_t offset,
                size_t length);

#endif
